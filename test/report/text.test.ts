/** What a person reads on a terminal, and in Markdown. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { renderMarkdown } from '../../src/report/markdown';
import { visible } from '../../src/report/show';
import { renderText } from '../../src/report/text';
import { REPOSITORY } from '../support/installs';
import { isThere, outputOf } from './other-programs';
import {
  blocked,
  call,
  failed,
  HOUR,
  MINUTE,
  observed,
  reportOf,
  series,
  START,
  temporaryFolder,
  type Line,
} from './support';

const busy = (): Line[] => [
  ...series(30, START, MINUTE, call),
  ...series(12, START, MINUTE, blocked),
  ...series(6, START + 3 * HOUR, MINUTE, (fields) => blocked({ ...fields, event: 'mcp_budget_exceeded' })),
  failed(),
  ...observed(),
  'text of another program',
];

/** Names that want to be more than names. */
const HOSTILE = [
  '<script>alert(1)</script>',
  'a\u202Egnp.exe',
  '"><img src=x onerror=alert(1)>',
  'a`b|c\nd',
  '\u001B[31mred',
  '[x](javascript:alert(1))',
  ' ',
  '\u00A0',
  '\u200Bzero',
  '![](http://evil.example/a.png)',
  '\uD800',
];

describe('text', () => {
  for (const [title, lines] of [
    ['alerts', busy()],
    ['none', [call()]],
    ['no record', []],
  ] as const) {
    test(`begins with what the guide’s example prints: ${title}`, async (t) => {
      if (!isThere(t, 'python3', 'install Python 3')) return;
      const report = await reportOf(t, lines);
      const file = join(temporaryFolder(t), 'mcp_security_report.json');
      writeFileSync(file, JSON.stringify(report, null, 2));
      const example = outputOf('python3', [join(REPOSITORY, 'test/report/programs/guide-example.py'), file]);
      assert.ok(example.includes('='.repeat(60)));
      const text = renderText(report);
      assert.equal(text.slice(0, example.length), example);
    });
  }

  test('then says what the guide does not', async (t) => {
    const text = renderText(await reportOf(t, busy()));
    for (const line of [
      /^Denied: 18 \(36\.0 % of calls\)$/m,
      /^Would be denied: 1$/m,
      /^Latency: p50 10 ms, p95 10 ms, p99 10 ms, max 10 ms$/m,
      /^ {2}\[ ok \] Success rate: 96\.9 % \(more than 95 % of calls succeed\)$/m,
      /^ {2}\[MISS\] Denied: 36\.0 % \(less than 1 % of calls are denied\)$/m,
      /^ {2}read_file +50 +3\.1 % +18 +1 +10 ms/m,
      /^ {2}tool_allowlist +– +not_in_allowlist +18 +1$/m,
      /^ {2}No bad lines; 1 line of other programs\.$/m,
      /^ {2}The log was not verified\.$/m,
    ]) {
      assert.match(text, line);
    }
  });

  test('shows what a name hides, and keeps its lines', async (t) => {
    const text = renderText(
      await reportOf(
        t,
        HOSTILE.map((name) => call({ tool_name: name, user_id: name })),
      ),
    );
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\u00A0]/u);
    assert.match(text, /^ {2}a\[U\+202E\]gnp\.exe +1 /m);
    assert.match(text, /^ {2}a`b\|c\[U\+000A\]d +1 /m);
  });
});

describe('Markdown', () => {
  test('has every part', async (t) => {
    const markdown = renderMarkdown(await reportOf(t, busy()));
    for (const heading of [
      '# MCP Security Report',
      '## Alerts',
      '## Summary',
      '## Security events',
      '## Objectives',
      '## Tools',
      '## Users',
      '## Denials',
      '## Coverage',
    ]) {
      assert.ok(markdown.includes(`${heading}\n`), heading);
    }
    assert.match(markdown, /^- \*\*MEDIUM\*\* 13 access denied in the hour/m);
    assert.match(markdown, /^\| Access denied \| 13 \| 12 \| 1 \|$/m);
  });

  test('has names in code spans, which nothing of them ends', async (t) => {
    const markdown = renderMarkdown(
      await reportOf(
        t,
        HOSTILE.map((name) => call({ tool_name: name })),
        { top: 20 },
      ),
    );
    const rows = markdown.split('\n').filter((line) => line.startsWith('| `'));
    const tools = rows.slice(0, HOSTILE.length);
    for (const row of tools) {
      assert.match(row, /^\| `(?:[^`|]|\\\|)+` \| 1 \| 0\.0 % \|/, row);
    }
    assert.ok(tools.some((row) => row.includes('`<script>alert(1)</script>`')));
  });
});

test('a name is shown with what it hides, and not longer than 80 characters', () => {
  for (const [name, shown] of [
    ['read_file', 'read_file'],
    ['a b', 'a b'],
    [' a ', '[U+0020]a[U+0020]'],
    ['名前 עברית 😀', '名前 עברית 😀'],
    ['a\u202Eb', 'a[U+202E]b'],
    ['\u0000', '[U+0000]'],
    ['\u{E0041}', '[U+E0041]'],
    ['\uD83D', '[U+D83D]'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['😀'.repeat(90), `${'😀'.repeat(79)}…`],
  ] as const) {
    assert.equal(visible(name), shown);
  }
});
