/** docs/report.md says what the code does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { THRESHOLDS } from '../../src/policy/thresholds';
import { MOST } from '../../src/report/aggregate';
import type { BadLines } from '../../src/report/model';
import { MOST_BUCKETS } from '../../src/report/series';
import { REPOSITORY } from '../support/installs';
import { call, reportOf } from './support';

const page = readFileSync(join(REPOSITORY, 'docs/report.md'), 'utf8');
const number = new Intl.NumberFormat('en-US');

test('the thresholds and objectives', () => {
  const { error_percent: high, error_percent_medium: medium, min_calls } = THRESHOLDS;
  for (const [alert, text] of [
    ['HighAccessDeniedRate', `more than ${THRESHOLDS.access_denied_per_hour.standard} denials`],
    ['HighRateLimitHits', `more than ${THRESHOLDS.rate_limit_hits_per_hour.standard} in an hour`],
    ['BudgetExceeded', `more than ${THRESHOLDS.budget_exceeded_per_hour.standard} in an hour`],
    ['HighErrorRate', `more than ${medium.standard} %, ${high.standard} % of the calls`],
    ['HighErrorRate', `in an hour with at least ${min_calls.standard} of them`],
  ] as const) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${alert}\` |`));
    assert.ok(row?.includes(text), `${alert}: ${row}`);
  }
  assert.ok(page.includes(`more than ${THRESHOLDS.success_percent.standard} % of calls succeed`));
  assert.ok(page.includes(`less than ${THRESHOLDS.average_latency_ms.standard / 1_000} s on average`));
  assert.ok(page.includes(`less than ${THRESHOLDS.denied_percent.standard} % is denied`));
});

test('how much is kept', () => {
  for (const [what, most] of Object.entries(MOST))
    assert.ok(page.includes(`${number.format(most)} ${what}`), what);
  assert.ok(page.includes(`at most ${MOST_BUCKETS} buckets`));
});

test('every kind of bad line, and every field that it names', async (t) => {
  const report = await reportOf(t, [call()]);
  const { total: _, ...kinds } = report.coverage.bad_lines satisfies BadLines;
  for (const kind of Object.keys(kinds)) assert.ok(page.includes(`\`coverage.bad_lines.${kind}\``), kind);
  const text = JSON.stringify(report);
  for (const [, name = ''] of page.matchAll(/`([a-z]+(?:_[a-z0-9]+)+)`/g)) {
    if (['call_id', 'level', 'params_hash'].includes(name)) continue;
    assert.ok(text.includes(`"${name}":`) || page.includes(`report.${name}`), `${name} is a field`);
  }
});
