/** Lines of several files as one log, and findings that are kept of many: against plain lists, on random input. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import type { AuditLine } from '../../../src/audit/reader';
import { SEVERITIES, type Severity } from '../../../src/core/severity';
import { byWriter } from '../../../src/simulate/monitoring/file-order';
import { linesInTime } from '../../../src/simulate/monitoring/in-time';
import { Kept } from '../../../src/simulate/monitoring/kept';
import type { RaisedFinding } from '../../../src/simulate/monitoring/raised';

const START = Date.parse('2026-03-01T00:00:00Z');

/** Times of records in seconds; `null`: a line that holds none. */
type Times = readonly (number | null)[];

const lineOf = (file: string, index: number, seconds: number | null): AuditLine => ({
  file,
  line: index + 1,
  text: '',
  ...(seconds === null
    ? { problem: 'other' as const }
    : {
        record: {
          event: 'mcp_tool_call',
          timestamp: new Date(START + seconds * 1_000).toISOString(),
        } as const,
      }),
});

async function* pieces(lines: readonly AuditLine[], size: number): AsyncGenerator<readonly AuditLine[]> {
  for (let from = 0; from < lines.length; from += size) yield lines.slice(from, from + size);
}

async function merged(logs: readonly Times[], size: number): Promise<AuditLine[]> {
  const files = logs.map((times, index) => times.map((seconds, at) => lineOf(String(index), at, seconds)));
  const all: AuditLine[] = [];
  const names = files.map((_, index) => String(index));
  for await (const lines of linesInTime(names, (file) => pieces(files[Number(file)]!, size)))
    all.push(...lines);
  return all;
}

const second = fc.integer({ min: 0, max: 30 });
const inOrder = fc.array(second, { maxLength: 30 }).map((times) => times.toSorted((a, b) => a - b));

test('every line comes once; each file in its order, all in the order of their times', async () => {
  const logs = fc.array(inOrder, { maxLength: 6 });
  const property = fc.asyncProperty(logs, fc.integer({ min: 1, max: 7 }), async (times, size) => {
    const lines = await merged(times, size);
    const seconds = lines.map(({ record }) => (Date.parse(record!.timestamp) - START) / 1_000);
    assert.deepEqual(
      seconds,
      times.flat().toSorted((a, b) => a - b),
    );
    for (const [index, own] of times.entries()) {
      const places = lines.filter(({ file }) => file === String(index)).map(({ line }) => line);
      assert.deepEqual(
        places,
        own.map((_, at) => at + 1),
      );
    }
  });
  await fc.assert(property, { numRuns: 300 });
});

test('no line is lost, whatever the order in a file, and with lines that hold no record', async () => {
  const log = fc.array(fc.option(second, { freq: 4 }), { maxLength: 20 });
  const property = fc.asyncProperty(
    fc.array(log, { maxLength: 5 }),
    fc.integer({ min: 1, max: 5 }),
    async (times, size) => {
      const lines = await merged(times, size);
      const wanted = times.flatMap((own, index) => own.map((_, at) => `${index}:${at + 1}`));
      assert.deepEqual(lines.map(({ file, line }) => `${file}:${line}`).toSorted(), wanted.toSorted());
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test('files of one process come after each other, others in their order', () => {
  const [a1, a2] = ['d/audit-20260301-h-1-aaaaaaaa.jsonl', 'd/audit-20260302-h-1-aaaaaaaa.jsonl'];
  const b = 'd/audit-20260301-h-2-bbbbbbbb.jsonl.gz';
  assert.deepEqual(byWriter([a1, b, a2, 'run.log', '-']), [[a1, a2], [b], ['run.log'], ['-']]);
});

test('of many findings the worst are kept, of those the latest', () => {
  const some = fc.array(fc.record({ severity: fc.constantFrom(...SEVERITIES), time: fc.nat(50) }), {
    maxLength: 3_000,
  });
  const property = fc.property(some, fc.integer({ min: 1, max: 40 }), (raised, most) => {
    const kept = new Kept(most);
    const all = raised.map(({ severity, time }, number) => ({ finding: { severity }, time, number }));
    for (const one of all) kept.add(one as unknown as RaisedFinding);
    const rank = ({ finding }: { finding: { severity: Severity } }): number =>
      SEVERITIES.indexOf(finding.severity);
    const wanted = all
      .toSorted((a, b) => rank(b) - rank(a) || b.time - a.time || b.number - a.number)
      .slice(0, most)
      .toSorted((a, b) => a.time - b.time || a.number - b.number);
    assert.deepEqual(kept.inTime(), wanted);
  });
  fc.assert(property, { numRuns: 100 });
});
