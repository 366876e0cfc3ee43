/** Lines of several files as one log, in the order of their times: a file is open only while its time is read. */
// oxlint-disable no-await-in-loop -- what is read next depends on what was read
import type { AuditLine } from '../../audit/reader';
import { inOrderOfBegin } from './file-order';

type Lines = AsyncGenerator<readonly AuditLine[]>;

/** @param isLookedInto - only its beginning is wanted now */
type Read = (file: string, isLookedInto: boolean) => Lines;

/** Lines that are handed on at once. */
const BATCH = 1_000;

/**
 * Lines that hold no record come with the one before them. Within a file lines stay in their order; of lines at the same time
 * those of the file that was named first come first.
 *
 * @param read - the lines of one file
 */
export async function* linesInTime(
  files: readonly string[],
  read: Read,
): AsyncGenerator<readonly AuditLine[]> {
  const waiting = [...(await inOrderOfBegin(files, (file) => read(file, true)))];
  const open: OpenLog[] = [];
  let batch: AuditLine[] = [];
  for (;;) {
    while (waiting.length > 0 && (open.length === 0 || waiting[0]!.begin <= least(open).time)) {
      const log = new OpenLog(read(waiting.shift()!.item, false));
      if (await log.next()) open.push(log);
    }
    if (open.length === 0) break;
    const first = least(open);
    const until = Math.min(
      waiting[0]?.begin ?? Infinity,
      ...open.map((log) => (log === first ? Infinity : log.time)),
    );
    // At least one line: times may be equal.
    do {
      batch.push(first.line);
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
      if (!(first.advance() || (await first.next()))) {
        open.splice(open.indexOf(first), 1);
        break;
      }
    } while (first.time < until);
  }
  yield batch;
}

function least(open: readonly OpenLog[]): OpenLog {
  return open.reduce((one, other) => (other.time < one.time ? other : one));
}

class OpenLog {
  time = -Infinity;
  private lines: readonly AuditLine[] = [];
  private at = 0;

  constructor(private readonly source: Lines) {}

  get line(): AuditLine {
    return this.lines[this.at]!;
  }

  /** @returns whether there is a further line without reading */
  advance(): boolean {
    this.at += 1;
    return this.arrive();
  }

  /** @returns whether there is a further line */
  async next(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.source.next();
      if (done === true) return false;
      this.lines = value;
      this.at = 0;
      if (this.arrive()) return true;
    }
  }

  private arrive(): boolean {
    if (this.at >= this.lines.length) return false;
    const time = Date.parse(this.line.record?.timestamp ?? '');
    if (!Number.isNaN(time)) this.time = time;
    return true;
  }
}
