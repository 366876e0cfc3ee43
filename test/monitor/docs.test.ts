/** docs/monitoring.md says what the tables and the rules in the source say, and its examples can be used. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { FIELDS, TYPES } from '../../src/monitor/event';
import { BUILT_IN } from '../../src/monitor/rules/built-in';
import { compileRules } from '../../src/monitor/rules/compile';
import { EXACT_UP_TO } from '../../src/monitor/windows/count-window';
import { boundsOfEach } from '../../src/monitor/windows/groups';
import { MOST_VALUES } from '../../src/monitor/windows/value-window';
import { loadPolicy } from '../../src/pipeline/load-policy';
import { BUILT_IN_RULES } from '../../src/policy/monitor-fields';
import { REPOSITORY } from '../support/installs';

const page = readFileSync(join(REPOSITORY, 'docs/monitoring.md'), 'utf8').replaceAll('\r\n', '\n');
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
const isRule = (text: string): boolean => /^detection:$/m.test(text);
const isPolicy = (text: string): boolean => /^(monitor|classification):/m.test(text);

/** Rows of the table with this heading, without their fences. */
function table(heading: string): string[][] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line === heading);
  assert.notEqual(start, -1, heading);
  const rest = lines.slice(start + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => line.slice(2, -2).split(' | '));
}

describe('docs/monitoring.md', () => {
  test('has every field with its meaning', () => {
    assert.deepEqual(
      table('| field | meaning |'),
      Object.entries(FIELDS).map(([name, { meaning }]) => [`\`${name}\``, meaning]),
    );
  });

  test('has every type of events below its category', () => {
    const rows = table('| category | type | when | level |').map(([category, type]) => `${category} ${type}`);
    const findings = new Set(['anomaly', 'security_alert']);
    const types = Object.entries(TYPES).filter(([category]) => !findings.has(category));
    assert.deepEqual(
      rows,
      types.flatMap(([category, names]) => names.map((name) => `\`${category}\` \`${name}\``)),
    );
  });

  for (const name of BUILT_IN_RULES) {
    test(`has the text of ${name}, which can be copied`, () => {
      assert.ok(examples.includes(BUILT_IN[name]));
      const copy = BUILT_IN[name]
        .replaceAll(/(name: |rules: \[)(\w+)/g, '$1my_$2')
        .replace(', egress', ', my_egress');
      const files = [{ file: '/copy.yaml', text: copy }];
      const rules = compileRules([...BUILT_IN_RULES, '/copy.yaml'], files);
      assert.equal(rules.kinds.at(-1)?.rule, `my_${name}`);
    });
  }

  test('has examples that can be used', (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'monitoring-page-'));
    context.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'rules'));
    const own = examples.filter(isRule).filter((text) => !Object.values(BUILT_IN).includes(text));
    assert.equal(own.length, 1);
    writeFileSync(join(folder, 'rules/own.yml'), own[0]!);
    const policies = examples.filter((text) => isPolicy(text) && !isRule(text));
    assert.ok(policies.length >= 2);
    for (const text of policies) {
      writeFileSync(join(folder, 'policy.yaml'), `version: 1\nid: p\n${text}`);
      loadPolicy(join(folder, 'policy.yaml'));
    }
  });

  test('says the bounds as they are', () => {
    assert.ok(page.includes(`limits of up to ${EXACT_UP_TO} events`));
    assert.ok(page.includes(`\`eq\` (up to ${EXACT_UP_TO})`));
    assert.ok(page.includes(`up to ${MOST_VALUES.toLocaleString('en')} values`));
    assert.ok(page.includes(`${boundsOfEach(1).maxGroups.toLocaleString('en')} of one rule at most`));
    const [many, { maxGroups, maxEntries }] = [20, boundsOfEach(20)];
    assert.ok(page.includes(`${(many * maxGroups).toLocaleString('en')} groups are remembered`));
    assert.ok(page.includes(`with ${maxEntries / maxGroups} timestamps each`));
  });
});
