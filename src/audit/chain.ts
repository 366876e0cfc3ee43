/**
 * The hash chain of one writer. A line is the record in RFC 8785 form with its `hash` appended, so that the hash can be
 * checked over the bytes of the line as well as over the parsed record.
 */
import { createHash, createHmac, type KeyObject } from 'node:crypto';

import type { AuditRecord } from './schema';

/** `prev` of a writer's first record. */
export const NO_HASH = '0'.repeat(64);

/** What a line says, before the chain: keys in order, as `JSON.stringify` keeps it. */
export type UnsealedRecord = Omit<AuditRecord, 'hash'>;

export interface Link {
  /** Of the last record that was written; -1 before the first. */
  readonly seq: number;
  readonly hash: string;
}

export const UNLINKED: Link = { seq: -1, hash: NO_HASH };

/** @returns the text of the line, without line end, and its hash */
export function seal(record: UnsealedRecord, key: KeyObject | undefined): { text: string; hash: string } {
  const body = JSON.stringify(record);
  const hash = hashOf(body, key);
  return { text: `${body.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** Whether the `hash` at the end of a line is that of what stands before it. */
export function isSealed(text: string, key: KeyObject | undefined): boolean {
  const found = /,"hash":"([0-9a-f]{64})"\}\s*$/.exec(text);
  if (found === null) return false;
  return hashOf(`${text.slice(0, found.index)}}`, key) === found[1];
}

function hashOf(body: string, key: KeyObject | undefined): string {
  const hasher = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hasher.update(body).digest('hex');
}
