/** Usage by user and tool against lists of all calls. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { renderHtml } from '../../src/report/html';
import { renderMarkdown } from '../../src/report/markdown';
import type { Report } from '../../src/report/model';
import type { PatternRow } from '../../src/report/patterns';
import { renderText } from '../../src/report/text';
import { blocked, call, failed, HOUR, MINUTE, observed, reportOf, START, type Line } from './support';

type Fields = ReturnType<typeof call>;

/** Rows as they have to be, of lines that each end a call. */
function naive(ends: readonly Fields[]): PatternRow[] {
  return Object.values(grouped(ends))
    .map((lines): PatternRow => {
      const [{ user_id, tenant_id = null, server_id, tool_name }] = lines as [Fields];
      const times = lines.map(({ timestamp }) => timestamp as string).toSorted();
      const ended = (outcome: string): number => lines.filter((line) => line.outcome === outcome).length;
      return {
        user_id: user_id as string,
        tenant_id: tenant_id as string | null,
        server_id: server_id as string,
        tool_name: tool_name as string,
        calls: lines.length,
        successful: ended('success'),
        failed: ended('error'),
        denied: ended('denied'),
        distinct_parameters: new Set(lines.map(({ params_hash }) => params_hash)).size,
        first_used: times[0]!,
        last_used: times.at(-1)!,
        hours: Array.from(
          { length: 24 },
          (_, hour) => times.filter((time) => new Date(time).getUTCHours() === hour).length,
        ),
      };
    })
    .toSorted((a, b) => b.calls - a.calls || (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ tenant_id, user_id, server_id, tool_name }: PatternRow): string =>
  [tenant_id ?? '', user_id, server_id, tool_name].join('\n');

function grouped(ends: readonly Fields[]): Record<string, Fields[]> {
  const groups: Record<string, Fields[]> = {};
  for (const line of ends) {
    const key = JSON.stringify([line.tenant_id, line.user_id, line.server_id, line.tool_name]);
    (groups[key] ??= []).push(line);
  }
  return groups;
}

/** Calls of five users in two tenants, four tools of two servers, over a day; lines are in no order. */
function manyEnds(): Fields[] {
  return Array.from({ length: 2_000 }, (_, index) => {
    const scattered = (index * 7_919) % 2_003;
    const end = [call, call, failed, blocked][scattered % 4]!;
    return end({
      user_id: `user${scattered % 5}`,
      tenant_id: scattered % 3 === 0 ? 'acme' : undefined,
      server_id: `server${scattered % 2}`,
      tool_name: `tool${(scattered >> 3) % 4}`,
      params_hash: `hmac-sha256:${scattered % 16}`,
      timestamp: new Date(START + (scattered % 1_440) * MINUTE).toISOString(),
    });
  });
}

describe('usage by user and tool', () => {
  test('is what a list of all calls says', async (t) => {
    const ends = manyEnds();
    const report = await reportOf(t, ends, { top: 1_000 });
    assert.deepEqual(report.usage_patterns, { rows: naive(ends), further: 0, forgotten: 0, may_lack: 0 });
    const few = await reportOf(t, ends.toReversed(), { top: 3 });
    const expected = naive(ends);
    assert.deepEqual(few.usage_patterns.rows, expected.slice(0, 3));
    assert.equal(few.usage_patterns.further, expected.length - 3);
    assert.deepEqual((await reportOf(t, ends, { top: 0 })).usage_patterns.rows, []);
  });

  test('counts a call whose denial was observed once, and what is no tool call never', async (t) => {
    const lines: Line[] = [
      ...observed(),
      call({ event: 'mcp_request', method: 'resources/read' }),
      blocked({ method: 'resources/read' }),
      { ...call(), event: 'mcp_auth', method: 'http_401' },
    ];
    const { usage_patterns: table, tool_call_stats: stats } = await reportOf(t, lines);
    assert.deepEqual(
      table.rows.map(({ calls, denied }) => [calls, denied]),
      [[1, 0]],
    );
    assert.equal(stats.total_calls, 1);
  });

  test('estimates many different parameters, and no more than there were calls', async (t) => {
    const hash = (index: number): string => `hmac-sha256:${((index * 2_654_435_761) % 2 ** 32).toString(16)}`;
    const lines = Array.from({ length: 500 }, (_, index) => call({ params_hash: hash(index) }));
    const { distinct_parameters: found } = (await reportOf(t, lines)).usage_patterns.rows[0]!;
    assert.ok(found >= 300 && found <= 500, `${found}`);
  });

  test('keeps names apart whatever they hold', async (t) => {
    const names = ['a', 'a\nb', 'b\na', '__proto__', '\u2424', '<b>', '|', '`'];
    const lines = names.flatMap((user_id) =>
      names.map((tool_name) => call({ user_id, tool_name, tenant_id: 'x\ny', params_hash: 7 })),
    );
    const { rows } = (await reportOf(t, lines, { top: 100 })).usage_patterns;
    assert.equal(rows.length, names.length ** 2);
    assert.deepEqual(new Set(rows.map(({ tool_name }) => tool_name)), new Set(names));
    assert.ok(
      rows.every(
        ({ calls, tenant_id, distinct_parameters }) =>
          calls === 1 && tenant_id === 'x\u2424y' && distinct_parameters === 0,
      ),
    );
  });

  test('keeps those with many calls when there are too many, and says what it forgot', async (t) => {
    const lines: Fields[] = [];
    for (let index = 0; index < 12_000; index += 1) {
      lines.push(call({ user_id: `once${index}` }));
      if (index % 100 === 0) lines.push(call({ user_id: 'often' }));
    }
    const { rows, further, forgotten, may_lack } = (await reportOf(t, lines, { top: 5_000 })).usage_patterns;
    assert.deepEqual([rows[0]?.user_id, rows[0]?.calls], ['often', 120]);
    assert.equal(rows.length, 1_000);
    assert.deepEqual([forgotten, may_lack], [5_000, 1]);
    assert.equal(rows.length + further + forgotten, 12_001);
  });
});

describe('the table of usage', () => {
  const twoTenants = async (t: Parameters<typeof reportOf>[0]): Promise<Report> => {
    const at = (hour: number): string => new Date(START + hour * HOUR).toISOString();
    const lines = [
      ...Array.from({ length: 8 }, (_, index) => call({ timestamp: at(9), params_hash: `p${index}` })),
      call({ timestamp: at(14), tenant_id: undefined, params_hash: 'p' }),
      call({ timestamp: at(23), user_id: 'bob', tenant_id: 'acme', params_hash: 'p' }),
    ];
    return reportOf(t, lines);
  };

  test('shows calls, parameters, the last use and the hours of the day', async (t) => {
    const text = renderText(await twoTenants(t));
    assert.match(
      text,
      /\nUsage by user and tool:\n {2}User {2}Tenant {2}Tool {7}Server {6}Calls {2}Parameters {2}Last used {13}Most in {2}Hours of the day\n {2}ann {3}– {7}read_file {2}filesystem {6}9 {11}9 {2}2026-03-01 14:00 UTC {2}09–10 h {2}·········█····▁·········\n {2}bob {3}acme {4}read_file {2}filesystem {6}1 {11}1 {2}2026-03-01 23:00 UTC {2}23–24 h {2}·······················█\n/,
    );
    assert.match(text, /Hours are UTC, from 0 to 23\./);
  });

  test('is in Markdown and HTML, too', async (t) => {
    const report = await twoTenants(t);
    assert.match(
      renderMarkdown(report),
      /## Usage by user and tool\n\n\| User \| Tenant \| Tool .*\n.*\n\| `ann` \| `–` \| `read\\?_file` \|.*█/,
    );
    assert.match(
      renderHtml(report),
      /<caption>Usage by user and tool<\/caption>[^]*·········█····▁·········/,
    );
  });

  test('says what it leaves out', async (t) => {
    const lines = Array.from({ length: 30 }, (_, index) => call({ user_id: `u${index}`, params_hash: 'p' }));
    assert.match(renderText(await reportOf(t, lines)), /Hours are UTC, from 0 to 23\. 20 more\./);
    const report = await reportOf(t, lines);
    const short = { ...report, usage_patterns: { ...report.usage_patterns, forgotten: 5_000, may_lack: 3 } };
    assert.match(
      renderText(short),
      /5,000 rows with few calls were forgotten; a row may lack 3 calls at most/,
    );
  });

  test('is absent without calls', async (t) => {
    assert.doesNotMatch(renderText(await reportOf(t, [])), /Usage by user/);
  });
});
