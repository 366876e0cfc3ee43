/** Work that is due at times to come, done in their order when time has come that far: a binary heap. */
interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

export class Timeline {
  private readonly heap: Due[] = [];
  private count = 0;

  add(at: number, work: () => void): void {
    this.count += 1;
    this.heap.push({ at, order: this.count, work });
    this.rise(this.heap.length - 1);
  }

  /** Does what was due at `now` or before. */
  until(now: number): void {
    for (let first = this.heap[0]; first !== undefined && first.at <= now; first = this.heap[0]) {
      this.take();
      first.work();
    }
  }

  private take(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.isBefore(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private sink(from: number): void {
    let index = from;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (left < this.heap.length && this.isBefore(left, least)) least = left;
      if (right < this.heap.length && this.isBefore(right, least)) least = right;
      if (least === index) return;
      this.swap(index, least);
      index = least;
    }
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.heap[one]!, this.heap[other]!];
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  private swap(one: number, other: number): void {
    [this.heap[one], this.heap[other]] = [this.heap[other]!, this.heap[one]!];
  }
}
