/** What a connection asks of the object that holds it, whichever library that object is of. */
import type { Role } from '../core/call';
import type { ProtocolLike } from './shapes';
import { text } from './shapes';

export interface Endpoint {
  readonly role: Role;
  readonly protocolVersion: string | undefined;
  /** Self-reported names of the two sides. */
  readonly serverName: string | undefined;
  readonly clientName: string | undefined;
}

/** `Client` or `Server` of the MCP SDK, either major. */
export class SdkEndpoint implements Endpoint {
  readonly role: Role;

  constructor(private readonly protocol: ProtocolLike) {
    const isClient =
      typeof protocol.callTool === 'function' || typeof protocol.getServerVersion === 'function';
    this.role = isClient ? 'client' : 'server';
  }

  get protocolVersion(): string | undefined {
    return text(this.protocol._negotiatedProtocolVersion);
  }

  get serverName(): string | undefined {
    const info = this.role === 'client' ? this.protocol.getServerVersion?.() : this.protocol._serverInfo;
    return text(info?.name);
  }

  get clientName(): string | undefined {
    const info = this.role === 'client' ? this.protocol._clientInfo : this.protocol.getClientVersion?.();
    return text(info?.name);
  }
}
