/** Names of audit files: `audit-<yyyymmdd>-<host>-<pid>-<boot>.jsonl`, `-2`, `-3` … for the next of the same day. */

export interface AuditFileName {
  /** `yyyymmdd`, UTC. */
  readonly day: string;
  /** `<host>-<pid>-<boot>`. */
  readonly writer: string;
  readonly number: number;
}

const NAME = /^audit-(\d{8})-(.+-\d+-[0-9a-f]{8})(?:-(\d+))?\.jsonl(?:\.gz)?$/;

/** @returns `undefined` for a file that is none of ours */
export function parseFileName(name: string): AuditFileName | undefined {
  const [, day, writer, number] = NAME.exec(name) ?? [];
  if (day === undefined || writer === undefined) return undefined;
  return { day, writer, number: number === undefined ? 1 : Number(number) };
}

export function formatFileName({ day, writer, number }: AuditFileName): string {
  return `audit-${day}-${writer}${number === 1 ? '' : `-${number}`}.jsonl`;
}

/** The UTC day of a time in milliseconds. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Orders names so that a writer's files come in the order in which they were written. */
export function compareFileNames(a: string, b: string): number {
  const [left, right] = [parseFileName(a), parseFileName(b)];
  if (left === undefined || right === undefined) return a < b ? -1 : Number(a > b);
  if (left.day !== right.day) return left.day < right.day ? -1 : 1;
  if (left.writer !== right.writer) return left.writer < right.writer ? -1 : 1;
  return left.number - right.number;
}
