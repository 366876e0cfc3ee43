/** What a process has used, as Linux counts it: CPU time, since a machine that does other things makes wall time mean nothing. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

let ticks;

/** Seconds of CPU, user and system, all threads. */
export function cpuSeconds(pid) {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  // The name, in parentheses, may hold spaces.
  const after = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(after[11]) + Number(after[12])) / ticks;
}

/** Resident bytes. */
export function residentBytes(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kilobytes) * 1024;
}
