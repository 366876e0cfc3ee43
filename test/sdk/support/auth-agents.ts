/** Clients of the MCP SDK, any version, for the tests of authentication; whoever wants to know is told of what they see. */
import type { AuthRecord } from '../../../src/core/call';
import { runtime } from '../../../src/pipeline/runtime';
import type { UserProvider } from './oauth-provider';
import type { OAuthServer } from './oauth-server';

export interface Transport {
  finishAuth(code: string): Promise<void>;
  close(): Promise<void>;
}

export interface Client {
  connect(transport: Transport): Promise<void>;
  callTool(call: { name: string }, ...rest: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

export type TransportClass = new (url: URL, options?: object) => unknown;

/** How a client of one SDK and one transport is made. */
export interface Sdk {
  readonly name: string;
  readonly isSse: boolean;
  readonly makeClient: () => unknown;
  readonly Transport: TransportClass;
}

export function sdkOf(name: string, makeClient: () => unknown, Class: TransportClass, isSse = false): Sdk {
  return { name, isSse, makeClient, Transport: Class };
}

/** Outcomes that are told from now on: `method outcome`, in order. */
export class Told {
  readonly records: AuthRecord[] = [];
  readonly stop: () => void;

  constructor() {
    this.stop = runtime().subscribe({
      name: 'test',
      record: () => {},
      authenticated: (record) => void this.records.push(record),
    });
  }

  get outcomes(): string[] {
    return this.records.map(
      ({ method, success, errorType }) => `${method} ${success ? 'success' : errorType}`,
    );
  }
}

/** Agents of one server, all of which are closed at its end. */
export class Agents {
  private readonly clients: Client[] = [];

  constructor(readonly server: OAuthServer) {}

  client({ makeClient }: Sdk): Client {
    const client = makeClient() as Client;
    this.clients.push(client);
    return client;
  }

  transport({ isSse, Transport: Class }: Sdk, options?: object): Transport {
    return new Class(isSse ? this.server.sse : this.server.url, options) as Transport;
  }

  /** Its stream is open, too: 1.x and v2 open one by themselves once they are connected. */
  async connected(sdk: Sdk, options?: object): Promise<Client> {
    const client = this.client(sdk);
    const opened = this.server.nextStream();
    await client.connect(this.transport(sdk, options));
    await opened;
    return client;
  }

  /** Connects as an agent does whose user has to consent. */
  async consented(sdk: Sdk, authProvider: UserProvider, options: object = {}): Promise<Client> {
    await this.consent(sdk, authProvider, options);
    return this.connected(sdk, { ...options, authProvider });
  }

  async consent(sdk: Sdk, authProvider: UserProvider, options: object = {}): Promise<void> {
    const refused = this.transport(sdk, { ...options, authProvider });
    try {
      await this.client(sdk).connect(refused);
    } catch (error) {
      if ((error as Error).constructor.name !== 'UnauthorizedError') throw error;
      return refused.finishAuth(authProvider.code ?? '');
    }
    throw new Error('the user was not asked');
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.clients.map((client) => client.close()));
    await this.server.close();
  }
}

export const call = (client: Client): Promise<unknown> => client.callTool({ name: 'echo' });
