/** What a process listens on, as the kernel of Linux tells. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';
const LOOPBACK = new Set([
  '0100007F',
  '00000000000000000000000001000000',
  '0000000000000000FFFF00000100007F',
]);

export interface Listener {
  /** As in `/proc/net/tcp`. */
  address: string;
  port: number;
  isLoopback: boolean;
}

export function listeners(pid: number): Listener[] {
  const sockets = new Set(openSockets(pid));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        if (state !== LISTEN || !sockets.has(inode)) return [];
        const [address = '', port = ''] = local.split(':');
        return [{ address, port: Number.parseInt(port, 16), isLoopback: LOOPBACK.has(address) }];
      }),
  );
}

function openSockets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
      return inode === undefined ? [] : [inode];
    } catch {
      // Closed since.
      return [];
    }
  });
}

/** Processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name of the program, in parentheses, may hold anything.
        const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(parent) === pid ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}
