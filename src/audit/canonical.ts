/**
 * JSON in the canonical form of RFC 8785, of values of any size at bounded cost: past a limit the text is cut and the rest
 * is only counted. A library would make the text of a 100 MB argument before its size is known.
 *
 * A value becomes what `JSON.stringify` makes of it, with the keys of objects sorted.
 */

export interface CanonicalText {
  /** The canonical form, or its beginning. */
  readonly text: string;
  /** UTF-8 bytes of the whole; what follows the cut is counted without escapes. */
  readonly bytes: number;
  /** False when `text` is only a beginning. */
  readonly isComplete: boolean;
}

/** Deeper than this nothing is looked at: circular values end here too. */
const MAX_DEPTH = 200;
/** Values that are visited at most; the rest is not counted either. */
const MAX_NODES = 200_000;
/** Bytes of the shortest entry of an object, comma included: `"":0,`. */
const SHORTEST_ENTRY = 5;

const REDACTED = '"[redacted]"';

/**
 * @param limit - bytes of text that are wanted at most
 * @param redact - names of keys whose values are replaced
 * @throws whatever a getter or `toJSON` of the value throws
 */
export function canonicalText(value: unknown, limit: number, redact?: ReadonlySet<string>): CanonicalText {
  const walk = new Walk(limit, redact);
  walk.visit(value ?? null, 0);
  return walk.result();
}

/** The first bytes of `text` that make whole characters. */
export function firstBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const encoded = Buffer.from(text.slice(0, bytes));
  let end = Math.min(bytes, encoded.length);
  // Not in the middle of a character: continuation bytes begin with the bits 10.
  while (end > 0 && end < encoded.length && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
}

class Walk {
  private text = '';
  private counted = 0;
  private nodes = 0;
  private isCut = false;
  private isUnsorted = false;

  constructor(
    private readonly limit: number,
    private readonly redact: ReadonlySet<string> | undefined,
  ) {}

  result(): CanonicalText {
    const bytes = Buffer.byteLength(this.text);
    const isComplete = !this.isCut && !this.isUnsorted && bytes <= this.limit;
    return {
      text: isComplete ? this.text : firstBytes(this.text, this.limit),
      bytes: bytes + this.counted,
      isComplete,
    };
  }

  visit(value: unknown, depth: number): void {
    this.plain(ofToJson(value), depth);
  }

  /** @param value - after `toJSON` */
  private plain(value: unknown, depth: number): void {
    this.nodes += 1;
    switch (typeof value) {
      case 'string':
        this.string(value);
        break;
      case 'number':
        this.emit(Number.isFinite(value) ? String(value) : 'null');
        break;
      case 'boolean':
      case 'bigint':
        this.emit(String(value));
        break;
      case 'object':
        this.object(value, depth);
        break;
      default:
        this.emit('null');
    }
  }

  private object(value: object | null, depth: number): void {
    if (value === null) this.emit('null');
    else if (this.isTooMuch(depth)) this.cut();
    else if (Array.isArray(value)) this.array(value, depth);
    else if (ArrayBuffer.isView(value) && value.byteLength > this.limit) {
      this.cut();
      this.counted += value.byteLength;
    } else this.entries(value as Readonly<Record<string, unknown>>, depth);
  }

  private array(values: readonly unknown[], depth: number): void {
    this.emit('[');
    for (let index = 0; index < values.length; index += 1) {
      if (this.nodes > MAX_NODES) {
        this.cut();
        break;
      }
      if (index > 0) this.emit(',');
      this.visit(values[index], depth + 1);
    }
    this.emit(']');
  }

  private entries(value: Readonly<Record<string, unknown>>, depth: number): void {
    const keys = Object.keys(value);
    // What cannot fit is not sorted either.
    if (keys.length * SHORTEST_ENTRY > this.limit + SHORTEST_ENTRY) this.isUnsorted = true;
    // oxlint-disable-next-line unicorn/no-array-sort, typescript/require-array-sort-compare -- our own array; UTF-16 units are what RFC 8785 wants
    else if (!isSorted(keys)) keys.sort();
    this.emit('{');
    let isFirst = true;
    for (const key of keys) {
      if (this.nodes > MAX_NODES) {
        this.cut();
        break;
      }
      const inner = ofToJson(value[key]);
      if (!hasForm(inner)) continue;
      this.key(key, isFirst);
      isFirst = false;
      if (this.redact?.has(key) === true) this.emit(REDACTED);
      else this.plain(inner, depth + 1);
    }
    this.emit('}');
  }

  private key(key: string, isFirst: boolean): void {
    if (this.isCut || key.length > this.limit) {
      this.emit(isFirst ? '' : ',');
      this.string(key);
      this.emit(':');
    } else this.emit(`${isFirst ? '' : ','}${quoted(key)}:`);
  }

  private string(value: string): void {
    const room = this.limit - this.text.length;
    if (this.isCut || value.length <= room) {
      if (this.isCut) this.counted += Buffer.byteLength(value) + 2;
      else this.emit(quoted(value));
      return;
    }
    this.emit(quoted(value.slice(0, Math.max(0, room))));
    this.cut();
    this.counted += Buffer.byteLength(value.slice(Math.max(0, room)));
  }

  private emit(piece: string): void {
    if (this.isCut) {
      this.counted += piece.length;
      return;
    }
    this.text += piece;
    if (this.text.length > this.limit) this.isCut = true;
  }

  private isTooMuch(depth: number): boolean {
    return depth > MAX_DEPTH || this.nodes > MAX_NODES;
  }

  private cut(): void {
    this.isCut = true;
  }
}

/** What has to be escaped, and halves of surrogate pairs, which may have to be. */
// oxlint-disable-next-line no-control-regex
const UNUSUAL = /["\\\u0000-\u001f\ud800-\udfff]/;

function quoted(text: string): string {
  return UNUSUAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return false;
  }
  return true;
}

function hasForm(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

function ofToJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value;
}
