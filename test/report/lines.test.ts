/** Whatever stands in a log: it is counted as what it is, and changes no figure. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Report } from '../../src/report/model';
import { call, NOW, reportOf, type Line } from './support';

const good = JSON.stringify(call());
const day = 86_400_000;

/** What a line may be, besides a record in the period. */
type Kind = 'record' | 'foreign' | 'unusable' | 'torn' | 'too_long' | 'nothing';

const ROWS: readonly (readonly [title: string, line: Line, kind: Kind])[] = [
  ['an empty line', '', 'nothing'],
  ['blanks', ' \t ', 'nothing'],
  ['text', 'starting', 'foreign'],
  ['JSON of another library', '{"level":"info","msg":"x"}', 'foreign'],
  ['a number', '42', 'foreign'],
  ['a list', '[1,2,{"kind":"mcp_tool_call"}]', 'foreign'],
  ['a list that looks like pieces of a record', '[1,2,{"event":"mcp_tool_call"}]', 'torn'],
  ['deep nesting', '['.repeat(100_000), 'foreign'],
  ['nesting that parses', `{"level":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'foreign'],
  ['binary', '\u0000\u0001\uFFFD', 'foreign'],
  ['an event of another program', { event: 'login', timestamp: '2026-03-01T00:00:00Z' }, 'foreign'],
  ['an event named like a property of objects', call({ event: '__proto__' }), 'foreign'],
  ['the beginning of a record', good.slice(0, 60), 'torn'],
  ['the beginning of a record after the prefix', `MCP_AUDIT: ${good.slice(0, 60)}`, 'torn'],
  ['the end of a record', `c":"x","writer":"h-1-0","hash":"${'0'.repeat(64)}"}`, 'torn'],
  ['a line of 17 MB', `{"event":"${'x'.repeat(17_000_000)}"}`, 'too_long'],
  ['no time', call({ timestamp: 'yesterday' }), 'unusable'],
  ['a time that Date.parse would take', call({ timestamp: 'March 1, 2026' }), 'unusable'],
  ['a day that is none', call({ timestamp: '2026-13-45T00:00:00Z' }), 'unusable'],
  ['the year 9999', call({ timestamp: '9999-12-31T23:59:59Z' }), 'unusable'],
  ['the day after tomorrow', call({ timestamp: new Date(NOW + 2 * day).toISOString() }), 'unusable'],
  ['1970', call({ timestamp: '1970-01-01T00:00:00Z' }), 'unusable'],
  ['success as a text', call({ success: 'true' }), 'unusable'],
  ['no success', call({ success: undefined }), 'unusable'],
  ['a latency as a text', call({ latency_ms: '12' }), 'unusable'],
  ['a negative latency', call({ latency_ms: -1 }), 'unusable'],
  ['an endless latency', good.replace('"latency_ms":10', '"latency_ms":1e999'), 'unusable'],
  ['a latency of a year', call({ latency_ms: 365 * day }), 'unusable'],
  ['a user that is a query', call({ user_id: { $ne: null } }), 'unusable'],
  ['a tool that is a list', call({ tool_name: ['a'] }), 'unusable'],
  ['a guard that is a number', call({ event: 'mcp_access_denied', guard: 7 }), 'unusable'],
  ['a time without a zone, as UTC', call({ timestamp: '2026-03-01T00:00:00.123456' }), 'record'],
  ['a time of another zone', call({ timestamp: '2026-03-01T02:00:00+02:00' }), 'record'],
  ['a latency of nothing', call({ latency_ms: 0 }), 'record'],
  ['no latency', call({ latency_ms: undefined }), 'record'],
  ['a tool name of 100 kB', call({ tool_name: 'x'.repeat(100_000) }), 'record'],
  [
    'arguments that look like a record',
    call({ arguments: '{"event":"mcp_access_denied","success":false}' }),
    'record',
  ],
  ['a key that comes twice', good.replace('"success":true', '"success":"no","success":true'), 'record'],
  ['text before and blanks after', `10:00 INFO {x} MCP_AUDIT: ${good}  `, 'record'],
];

function kindsOf({ coverage }: Report): Record<Kind, number> {
  const { records, foreign_lines, bad_lines, lines } = coverage;
  const { unusable, torn, too_long, total } = bad_lines;
  assert.equal(total, unusable + torn + too_long + bad_lines.unreadable);
  return { record: records, foreign: foreign_lines, unusable, torn, too_long, nothing: -lines };
}

describe('a line', () => {
  for (const [title, line, kind] of ROWS) {
    test(`${kind}: ${title}`, async (t) => {
      const before = kindsOf(await reportOf(t, [call(), call()]));
      const report = await reportOf(t, [call(), line, call()]);
      const after = kindsOf(report);
      const isNothing = kind === 'nothing';
      const expected = { ...before, nothing: before.nothing - (isNothing ? 0 : 1) };
      if (!isNothing) expected[kind] += 1;
      assert.deepEqual(after, expected);
      assert.equal(report.tool_call_stats.successful, kind === 'record' ? 3 : 2);
      assert.deepEqual(report.alerts, []);
    });
  }

  test('torn before a record on the same line: the record counts, and the piece is counted', async (t) => {
    const report = await reportOf(t, [
      `${good.slice(0, 60)}${good}`,
      `${good.slice(0, 40)}${good.slice(0, 50)}${good}`,
    ]);
    assert.equal(report.tool_call_stats.successful, 2);
    assert.equal(report.coverage.bad_lines.torn, 2);
  });

  test('that the writer could not write is counted where it says so', async (t) => {
    const lines = [call({ dropped: 3 }), call({ event: 'audit_end', dropped: 4 }), call({ dropped: 'many' })];
    const { coverage } = await reportOf(t, [call({ event: 'audit_start' }), ...lines]);
    assert.deepEqual([coverage.lost_lines, coverage.starts, coverage.ends], [7, 1, 1]);
  });
});
