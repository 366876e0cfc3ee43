/** docs/runbook.md and the shipped rules: each alert has one heading and the reverse, and what the page names exists. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { SERIES } from '../../tools/gen/promql/series';
import { REPOSITORY } from '../support/installs';

interface Rule {
  alert?: string;
  record?: string;
  annotations?: Record<string, string>;
}

const RULES = join(REPOSITORY, 'collector-config/prometheus/rules');
const page = readFileSync(join(REPOSITORY, 'docs/runbook.md'), 'utf8');

function rulesOf(file: string): Rule[] {
  const { groups } = parse(readFileSync(join(RULES, file), 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

const alerts = [...rulesOf('mcp-alerts.yaml'), ...rulesOf('optional/mcp-throughput.yaml')];
const names = [...new Set(alerts.map(({ alert = '' }) => alert))];
const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, title = '']) => title);

test('every alert has exactly one heading, and every heading is an alert', () => {
  assert.ok(names.length > 20);
  assert.deepEqual(headings.toSorted(), names.toSorted());
});

test('the runbook link of an alert is the anchor of its heading', () => {
  for (const { alert = '', annotations } of alerts) {
    assert.equal(annotations?.['runbook_url'], `docs/runbook.md#${alert.toLowerCase()}`);
  }
});

test('every entry says what it means, where to look, what to do, and when it is false', () => {
  const entries = page.split(/^### /m).slice(1);
  const parts = ['**Means.**', '**Look first.**', '**Causes and what to do.**', '**False alarm.**'];
  for (const entry of entries) {
    const places = parts.map((part) => entry.indexOf(part));
    assert.ok(!places.includes(-1), entry.slice(0, 60));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  }
});

test('recording rules, metrics and other entries that it names exist', () => {
  const records = new Set(rulesOf('mcp-recording.yaml').map(({ record = '' }) => record));
  const named = [...page.matchAll(/`(job\w*:\w+:\w+)/g)].map(([, name = '']) => name);
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.filter((name) => !records.has(name)),
    [],
  );
  const series = new Set(Object.values(SERIES).map(({ name }) => name));
  const metrics = [...page.matchAll(/`(mcp(?:guard)?_[a-z_]+)`/g)].map(([, name = '']) => name);
  const unknown = metrics.filter(
    (name) => !series.has(name) && !/^mcp_(access_denied|tool_call|auth|security_alert)$/.test(name),
  );
  assert.deepEqual(unknown, []);
  const anchors = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
  const targets = new Set(headings.map((heading) => heading.toLowerCase()));
  for (const anchor of anchors) assert.ok(targets.has(anchor), anchor);
});

test('no search that Jaeger’s memory store does not understand', () => {
  // The tag is a boolean there, what is typed is text.
  assert.doesNotMatch(page, /error=true/);
});

test('no PromQL is written here: it is in the rules', () => {
  assert.doesNotMatch(page, /\b(?:sum|rate|increase|histogram_quantile|max|count)(?: by)? ?\(/);
});
