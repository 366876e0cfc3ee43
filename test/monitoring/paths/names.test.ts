/**
 * One agent that makes every metric appear, on three paths: scraped by Prometheus itself; by OTLP through the shipped Collector
 * configuration; and by OTLP into Prometheus' own receiver. The names, labels and values behind each are the same, but for the
 * names that `docs/telemetry.md` says differ.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { prometheusLabel, prometheusNames } from '../../../tools/gen/prometheus-names';
import { REPOSITORY } from '../../support/installs';
import { Stand } from './support/names-stand';
import { ALL, ask, labelsOf, namesIn, readPage, seriesOf, sorted } from './support/page';

/** Names that this agent cannot make appear, and why. */
const ABSENT: Readonly<Record<string, string>> = {};

const GUIDES_SEVEN = [
  'mcp_tool_calls_total',
  'mcp_tool_call_duration_seconds_count',
  'mcp_tool_call_errors_total',
  'mcp_rate_limit_hits_total',
  'mcp_budget_exceeded_total',
  'mcp_access_denied_total',
  'mcp_active_connections',
];

describe('an agent’s metrics', () => {
  const stand = new Stand();
  let isUp = false;

  /** A test that needs the agent to have run. */
  const check = (name: string, body: () => Promise<void> | void): void => {
    test(name, async (t) => (isUp ? body() : t.skip('nothing was started')));
  };

  test('everything starts, and the agent comes to rest', async (t) => {
    isUp = await stand.start(t);
  });
  after(() => stand.close());

  check('OTLP: no receiver refused anything', () => assert.deepEqual(stand.tee?.refused, []));

  check('every metric of the signal tables is there on every path, and no other', async () => {
    const expected = ALL.filter(({ name }) => !(name in ABSENT)).flatMap((signal) =>
      seriesOf(signal, signal.name),
    );
    for (const view of stand.views) {
      const names = namesIn(await readPage(view));
      assert.deepEqual(names.toSorted(), expected.toSorted(), view.title);
    }
  });

  check('the guide’s seven names and all of mcpguard.* are one on every path', async () => {
    const one = ALL.filter((signal) => {
      const { exporter, collector } = prometheusNames(signal);
      return exporter === collector;
    });
    assert.deepEqual(
      ALL.filter((signal) => !one.includes(signal)).map(({ name }) => name),
      [
        'mcp.client.operation.duration',
        'mcp.server.operation.duration',
        'mcp.client.session.duration',
        'mcp.server.session.duration',
      ],
      'what differs is the convention’s, which name no unit',
    );
    for (const view of stand.views) {
      for (const name of GUIDES_SEVEN) {
        const count = await ask(view, `count(${name}{${view.selector}})`);
        assert.ok(count > 0, `${name}: ${view.title}`);
      }
    }
  });

  check('docs/telemetry.md says what each path calls them', async () => {
    const page = readFileSync(join(REPOSITORY, 'docs/telemetry.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w.]+)` \| `(\w+)` \| (?:`(\w+)`|the same) \|$/gm)];
    assert.equal(rows.length, ALL.length);
    for (const view of stand.views) {
      const { title, selector, names } = view;
      for (const [, name = '', exporter = '', collector = exporter] of rows) {
        const type = ALL.find((signal) => signal.name === name)?.type;
        const suffix = type === 'histogram' ? '_count' : '';
        const count = (series: string) => ask(view, `count(${series}${suffix}{${selector}}) or vector(0)`);
        const [here, there] = names === 'exporter' ? [exporter, collector] : [collector, exporter];
        assert.ok((await count(here)) > 0, `${title} has no ${here}`);
        if (there !== here) assert.equal(await count(there), 0, `${title} has ${there}`);
      }
    }
  });

  check('label keys are those of the signal tables', async () => {
    for (const view of stand.views) {
      const page = await readPage(view);
      for (const signal of ALL) {
        const labels = labelsOf(page, signal);
        const declared = signal.attributes.map(prometheusLabel).toSorted();
        // An absent value leaves an attribute of the convention out; ours are always there.
        const isConvention = signal.attributes.some((attribute) => attribute.includes('.'));
        const expected = isConvention ? declared.filter((label) => labels.includes(label)) : declared;
        assert.deepEqual(labels, expected, `${signal.name}: ${view.title}`);
      }
    }
  });

  check('every series has the same labels and the same value on every path', async () => {
    const [first, ...others] = stand.views;
    assert.ok(first);
    const expected = sorted(await readPage(first));
    assert.ok(expected.length > 500, `only ${expected.length} series`);
    for (const view of others) assert.deepEqual(sorted(await readPage(view)), expected, view.title);
  });

  check('the values are what the agent did', async () => {
    const { success, error, denied } = stand.counted;
    for (const view of stand.views) {
      const { title, selector } = view;
      const sum = (name: string, labels = '') =>
        ask(view, `sum(${name}{${selector}${labels === '' ? '' : `,${labels}`}})`);
      const calls = (status: string) => sum('mcp_tool_calls_total', `status="${status}"`);
      assert.deepEqual(
        [await calls('success'), await calls('error'), await calls('denied')],
        [success, error, denied],
        title,
      );
      assert.equal(await sum('mcp_tool_call_errors_total'), error, title);
      assert.equal(await sum('mcp_tool_call_duration_seconds_count'), success + error, title);
      assert.equal(await sum('mcp_rate_limit_hits_total'), 1, title);
      assert.equal(await sum('mcp_budget_exceeded_total'), 1, title);
      assert.equal(await sum('mcp_active_connections'), 1, title);
      assert.equal(await sum('mcpguard_policy_info'), 1, `${title}: one policy is in force`);
      assert.equal(await sum('mcpguard_breaker_state'), 0, `${title}: it has begun with closed breakers`);
      assert.equal(await sum('mcpguard_internal_errors_total', 'component="request-hook"'), 1, title);
      assert.equal(await sum('mcpguard_export_dropped_total', 'signal="traces"'), 0, title);
      assert.ok((await sum('mcpguard_audit_dropped_total', 'reason="disk_full"')) >= 2, title);
    }
  });
});
