/** Ports of 127.0.0.1 that nobody listens on. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

export type Ports<Name extends string> = Record<Name, number>;

const ATTEMPTS = 3;
const TAKEN = /address already in use/;

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** As many different ones as asked for. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held until the last is known: a port that was closed may be given again.
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** `start` with a port for each name; once more with others where somebody else was faster with one. */
export async function onFreePorts<Name extends string, T>(
  names: readonly Name[],
  given: Partial<Ports<Name>>,
  start: (ports: Ports<Name>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const free = await freePorts(names.length);
    const ports = Object.fromEntries(names.map((name, index) => [name, given[name] ?? free[index]]));
    try {
      return await start(ports as Ports<Name>);
    } catch (error) {
      if (attempt === ATTEMPTS || !TAKEN.test(String(error))) throw error;
    }
  }
}

/** Whether nobody listens on this port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
