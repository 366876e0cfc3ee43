/** What monitors know when their process begins: what a state file held then. */
import type { CompiledMonitor } from '../../monitor/compile';
import { restoreParts, type SavedParts } from '../../monitor/state-file';

/** Who has the state file. */
interface Holder {
  readonly writer: string;
  readonly compiled: CompiledMonitor;
  /** Milliseconds since 1970, of its latest line. */
  lastAt: number;
}

/**
 * With a `state_file` in the policy a process goes on where the one before has ended, as live; of those that run at the same
 * time only the first has the file. One that was killed has, live, saved what is up to a minute older.
 */
export class StartState {
  private holder: Holder | undefined;

  /**
   * @param saved - what there was before the first line
   * @param isKept - what a process has learned is there for the next one
   */
  constructor(
    private saved: SavedParts | undefined,
    private readonly isKept: boolean,
  ) {}

  /** A process begins, with its first line at `time`. */
  begin(writer: string, compiled: CompiledMonitor, time: number): void {
    const { holder } = this;
    if (holder !== undefined) {
      if (holder.lastAt > time) return;
      this.save(holder);
    }
    if (this.saved !== undefined) restoreParts(compiled.persistent, this.saved);
    if (this.isKept) this.holder = { writer, compiled, lastAt: time };
  }

  /** A line of a process. */
  tell(writer: string, time: number): void {
    if (this.holder?.writer === writer && time > this.holder.lastAt) this.holder.lastAt = time;
  }

  /** A process has ended. */
  end(writer: string): void {
    if (this.holder?.writer === writer) this.save(this.holder);
  }

  private save({ compiled }: Holder): void {
    this.saved = Object.fromEntries(compiled.persistent.map((part) => [part.name, [...part.save()]]));
    this.holder = undefined;
  }
}
