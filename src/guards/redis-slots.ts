/**
 * What the protocol of a Redis Cluster says: in which slot a key is, which node has a slot.
 *
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
import type { Address } from './redis-connection';

const SLOTS = 16_384;

/** CRC-16/XMODEM, modulo the number of slots. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc % SLOTS;
}

/** Slots, both ends included, and their master. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly master: Address;
}

/**
 * Reads the reply to `CLUSTER SLOTS`.
 *
 * @param asked - whose reply it is: a node may leave its own host out
 * @throws of a reply that is none
 */
export function readSlots(reply: unknown, asked: Address): SlotRange[] {
  if (!Array.isArray(reply)) throw new TypeError('no list of slots');
  return reply.map((entry: unknown) => {
    const [from, to, node] = entry as [unknown, unknown, unknown];
    const [host, port] = node as [unknown, unknown];
    const master = { host: hostOf(host, asked), port: Number(port) };
    const range = { from: Number(from), to: Number(to), master };
    if (!isSlot(range.from) || !isSlot(range.to) || !isPort(master.port)) throw new TypeError('no slots');
    return range;
  });
}

/** Another node is to be asked: from now on (`MOVED`), or for this question (`ASK`). */
export interface Redirection {
  readonly kind: 'MOVED' | 'ASK';
  readonly slot: number;
  readonly to: Address;
}

/** @returns `undefined` for any other error */
export function redirectionOf(error: unknown, asked: Address): Redirection | undefined {
  const message = error instanceof Error ? error.message : '';
  const [, kind, number, host, portText] = /^(MOVED|ASK) (\d+) (\S*):(\d+)$/.exec(message) ?? [];
  const [slot, port] = [Number(number), Number(portText)];
  if (kind === undefined || !isSlot(slot) || !isPort(port)) return undefined;
  return { kind: kind as Redirection['kind'], slot, to: { host: hostOf(host, asked), port } };
}

function hostOf(given: unknown, asked: Address): string {
  return typeof given === 'string' && given !== '' && given !== '?' ? given : asked.host;
}

const isSlot = (slot: number): boolean => Number.isInteger(slot) && slot >= 0 && slot < SLOTS;
const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
