/** Which slots of some columns are in use; they grow together, up to a bound. */
import type { Column } from './column';

const FIRST = 64;

export class Slots {
  private readonly free: number[] = [];
  private next = 0;
  private room = 0;

  /** @param most - slots at most */
  constructor(
    private readonly most: number,
    private readonly columns: readonly Column[],
  ) {}

  /** @returns a slot that nobody has, without figures */
  take(): number {
    const slot = this.free.pop() ?? this.newSlot();
    this.clear(slot);
    return slot;
  }

  /** Nobody has the slot any more. */
  give(slot: number): void {
    this.free.push(slot);
  }

  clear(slot: number): void {
    for (const column of this.columns) column.clear(slot);
  }

  private newSlot(): number {
    if (this.next >= this.room) {
      this.room = Math.min(Math.max(FIRST, 2 * this.room), this.most);
      for (const column of this.columns) column.grow(this.room);
    }
    this.next += 1;
    return this.next - 1;
  }
}
