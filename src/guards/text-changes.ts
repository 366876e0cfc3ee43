/** Changes the strings of a value without touching the value: what holds no such string is the same object in the copy. */

/** Deeper than this nothing is looked at; what has a circle ends here too. */
const MAX_DEPTH = 100;

/**
 * @param change - gets every string, names of fields included
 * @param units - characters (UTF-16 code units) that are looked at; what follows stays as it is
 * @returns `value` itself when nothing changes
 */
export function withTexts(value: unknown, change: (text: string) => string, units: number): unknown {
  return new Changing(change, units).of(value, 0);
}

class Changing {
  constructor(
    private readonly change: (text: string) => string,
    private room: number,
  ) {}

  of(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH || this.room <= 0) return value;
    // What goes out is what `toJSON` gives.
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const written: unknown = toJSON.call(value);
      const changed = this.of(written, depth + 1);
      return changed === written ? value : changed;
    }
    return Array.isArray(value) ? this.array(value, depth) : this.object(value, depth);
  }

  private text(text: string): string {
    const { room } = this;
    this.room -= text.length;
    if (room <= 0) return text;
    return text.length <= room ? this.change(text) : this.change(text.slice(0, room)) + text.slice(room);
  }

  private array(values: readonly unknown[], depth: number): unknown {
    let changed: unknown[] | undefined;
    for (let index = 0; index < values.length && this.room > 0; index += 1) {
      const element = this.of(values[index], depth + 1);
      if (element === values[index]) continue;
      changed ??= [...values];
      changed[index] = element;
    }
    return changed ?? values;
  }

  private object(object: object, depth: number): unknown {
    let isChanged = false;
    const fields = Object.entries(object).map(([key, field]): [string, unknown] => {
      const name = this.text(key);
      const given = this.of(field, depth + 1);
      isChanged ||= name !== key || given !== field;
      return [name, given];
    });
    // Not by assignment: a field may be named `__proto__`.
    return isChanged ? Object.fromEntries(fields) : object;
  }
}
