/**
 * Makes a screenshot small: 256 colours are enough for charts, and a third of the size. PNG as in its specification
 * (W3C, third edition): chunks 5.3, filters 9.2, palette 11.2.2.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PALETTE_SIZE = 256;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly pixels: Uint8Array;
}

function* chunks(file: Buffer): Generator<[type: string, data: Buffer]> {
  for (let at = SIGNATURE.length; at < file.length;) {
    const length = file.readUInt32BE(at);
    yield [file.toString('latin1', at + 4, at + 8), file.subarray(at + 8, at + 8 + length)];
    at += length + 12;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [byLeft, byUp, byCorner] = [left, up, corner].map((value) => Math.abs(estimate - value)) as [
    number,
    number,
    number,
  ];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

/** What a filter adds to a byte. */
const FILTERS: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

function decode(file: Buffer): Picture {
  const parts = [...chunks(file)];
  const header = parts.find(([type]) => type === 'IHDR')?.[1];
  const [depth, type, , , interlaced] = header?.subarray(8) ?? [];
  if (header === undefined || depth !== 8 || (type !== 2 && type !== 6) || interlaced !== 0) {
    throw new Error('not a picture of 8 bits of red, green and blue');
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const size = type === 6 ? 4 : 3;
  const data = inflateSync(Buffer.concat(parts.filter(([name]) => name === 'IDAT').map(([, part]) => part)));
  const line = width * size;
  const bytes = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    const from = y * (line + 1);
    const filter = FILTERS[data[from] ?? 0] ?? (() => 0);
    for (let x = 0; x < line; x++) {
      const at = y * line + x;
      const left = x < size ? 0 : (bytes[at - size] ?? 0);
      const up = bytes[at - line] ?? 0;
      const corner = x < size ? 0 : (bytes[at - line - size] ?? 0);
      bytes[at] = (data[from + 1 + x] ?? 0) + filter(left, up, corner);
    }
  }
  const pixels = new Uint8Array(width * height * 3);
  for (let index = 0; index < width * height; index++) {
    pixels.set(bytes.subarray(index * size, index * size + 3), index * 3);
  }
  return { width, height, pixels };
}

type Colour = readonly [number, number, number];
const distance = (a: Colour, b: Colour): number =>
  (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
const unpacked = (colour: number): Colour => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];

/** The colours that are used most, none nearer to another than the eye tells apart. */
function paletteOf(counts: ReadonlyMap<number, number>): Colour[] {
  const palette: Colour[] = [];
  const byUse = [...counts].toSorted(([, a], [, b]) => b - a);
  for (const [packed] of byUse) {
    const colour = unpacked(packed);
    if (!palette.some((taken) => distance(taken, colour) < 60)) palette.push(colour);
    if (palette.length === PALETTE_SIZE) break;
  }
  return palette;
}

function nearest(palette: readonly Colour[], colour: Colour): number {
  let best = 0;
  for (const [index, candidate] of palette.entries()) {
    if (distance(candidate, colour) < distance(palette[best] ?? candidate, colour)) best = index;
  }
  return best;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const made = Buffer.alloc(body.length + 8);
  made.writeUInt32BE(data.length, 0);
  body.copy(made, 4);
  made.writeUInt32BE(crc32(body), body.length + 4);
  return made;
}

/** The same picture with at most 256 colours. */
export function smaller(file: Buffer): Buffer {
  const { width, height, pixels } = decode(file);
  const packedAt = (index: number): number =>
    ((pixels[index * 3] ?? 0) << 16) | ((pixels[index * 3 + 1] ?? 0) << 8) | (pixels[index * 3 + 2] ?? 0);
  const counts = new Map<number, number>();
  for (let index = 0; index < width * height; index++) {
    const packed = packedAt(index);
    counts.set(packed, (counts.get(packed) ?? 0) + 1);
  }
  const palette = paletteOf(counts);
  const indices = new Map([...counts.keys()].map((packed) => [packed, nearest(palette, unpacked(packed))]));
  // One byte of filter (none) before every line.
  const lines = new Uint8Array((width + 1) * height);
  for (let index = 0; index < width * height; index++) {
    lines[index + 1 + Math.floor(index / width)] = indices.get(packedAt(index)) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flat())),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}
