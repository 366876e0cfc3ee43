/** The HTML report as files are opened: in a real browser, from the disk. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';

import { renderHtml } from '../../src/report/html';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';
import { buildReport } from '../../src/report/build';
import { chromiumPath } from '../../tools/preview/draw';
import { Missing } from '../../tools/stack/missing';
import { isCi } from '../real/support/component';
import {
  alert,
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
} from './support';

const HOSTILE = [
  '<script>window.attacked = 1</script>',
  '"><img src="http://127.0.0.1:9/x.png" onerror="window.attacked = 1">',
  "'onmouseover='window.attacked = 1",
  'a\u202Egnp.exe',
  '</style><style>*{display:none}</style>',
  '</title><script>window.attacked = 1</script>',
  '__proto__',
  'x'.repeat(300),
  '&lt;b&gt;',
  'line\nbreak',
  'עברית',
];

const VIEWS = [
  [380, 'light'],
  [380, 'dark'],
  [1_400, 'light'],
  [1_400, 'dark'],
] as const;

/** What happens in a page that should not. */
interface Opened {
  readonly page: Page;
  readonly problems: string[];
}

describe('the page', { skip: browserMissing() }, () => {
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  });
  after(async () => browser?.close());

  async function open(
    t: TestContext,
    html: string,
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<Opened> {
    const file = join(temporaryFolder(t), 'report.html');
    writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    t.after(() => page.close());
    const problems: string[] = [];
    page.on('console', (message) => problems.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => problems.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => request.url() !== url && problems.push(`request: ${request.url()}`));
    await page.goto(url, { waitUntil: 'networkidle' });
    return { page, problems };
  }

  const busy = async (t: TestContext): Promise<string> =>
    renderHtml(
      await reportOf(t, [
        ...series(300, START, 5 * MINUTE, call),
        ...series(40, START + 9 * HOUR, MINUTE, failed),
        ...series(20, START + 12 * HOUR, MINUTE, blocked),
        ...series(3, START + 13 * HOUR, HOUR, (fields) => alert({}, fields)),
        ...series(5, START + 13 * HOUR, MINUTE, (fields) =>
          call({ event: 'mcp_auth', method: 'http_401', success: false, ...fields }),
        ),
        ...Array.from({ length: 8 }, () => observed({ guard: 'rate_limit', event: 'mcp_rate_limit' })).flat(),
      ]),
    );

  for (const [width, scheme] of VIEWS) {
    test(`at ${width} px, ${scheme}: charts are drawn, nothing overflows, nothing leaves, nothing complains`, async (t) => {
      const { page, problems } = await open(t, await busy(t), width, scheme);
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        'no horizontal scrolling',
      );
      assert.equal(await page.locator('svg.plot').count(), 4);
      for (const id of ['volume', 'errors', 'latency', 'denials']) {
        const plot = page.locator(`figure[aria-labelledby="chart-${id}"] svg.plot`);
        const box = await plot.boundingBox();
        assert.ok(box !== null && box.width > 200 && box.height > 100, `${id}: ${JSON.stringify(box)}`);
        const drawn = await page.evaluate(
          `[...document.querySelectorAll('[aria-labelledby="chart-${id}"] :is(.bar, .line)')].filter((mark) => mark.getBBox().width > 0).length`,
        );
        assert.ok(Number(drawn) > 0, `${id} has marks`);
      }
      const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      assert.equal(paper, scheme === 'dark' ? 'rgb(18, 22, 27)' : 'rgb(244, 246, 248)');
      assert.deepEqual(await lowContrast(page), []);
      assert.deepEqual(problems, []);
    });
  }

  test('every name is text, whatever it says', async (t) => {
    const lines = HOSTILE.flatMap((name) => [
      call({ tool_name: name, user_id: name, agent_name: name, server_id: name }),
      failed({ tool_name: name, error_type: name }),
      blocked({ tool_name: name, guard: name, rule: name, reason: name }),
      alert({ rule: name, description: `${name} ${name}`, recommended_action: name }, { user_id: name }),
      call({ event: 'mcp_auth', method: name, server_id: name, success: false }),
      call({ event: 'mcp_request', method: name }),
    ]);
    const { page, problems } = await open(t, renderHtml(await reportOf(t, lines, { top: 50 })), 380, 'light');
    assert.equal(await page.evaluate('window.attacked'), undefined);
    assert.equal(await page.evaluate('document.scripts.length + document.images.length'), 0);
    assert.equal(await page.evaluate('document.styleSheets.length'), 1);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 380);
    const names = await page.locator('.table').first().locator('tbody th bdi').allTextContents();
    assert.deepEqual(
      names.toSorted(),
      HOSTILE.map((name) =>
        name
          .replace('\u202E', '[U+202E]')
          .replace('\n', '[U+000A]')
          .replace(/x{300}/, `${'x'.repeat(79)}…`),
      ).toSorted(),
    );
    assert.equal(await page.locator('.table').first().locator('mark').count(), 2, 'what is hidden is marked');
    assert.deepEqual(problems, []);
  });

  test('a script that got in would not run, and nothing would be fetched', async (t) => {
    let requests = 0;
    const server = createServer((_, response) => response.end(String((requests += 1))));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attack = `<script>window.attacked = 1</script><img src="${origin}/x.png"><link rel="stylesheet" href="${origin}/x.css"><iframe src="${origin}/"></iframe>`;
    const html = (await busy(t)).replace('</main>', `${attack}</main>`);
    const { page, problems } = await open(t, html, 1_400, 'light');
    assert.equal(await page.evaluate('window.attacked'), undefined);
    assert.ok(
      problems.some((problem) => problem.includes('Content Security Policy')),
      problems.join('\n'),
    );
    assert.equal(requests, 0);
  });

  test('it can be read without seeing it, and scrolled by keyboard', async (t) => {
    const { page } = await open(t, await busy(t), 380, 'light');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    for (const landmark of ['header', 'main', 'footer', 'h1']) {
      assert.equal(await page.locator(landmark).count(), 1, landmark);
    }
    const unnamed = await page.evaluate(`[...document.querySelectorAll('svg')].filter((svg) =>
      svg.getAttribute('aria-hidden') !== 'true' && !(svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label'))).length`);
    assert.equal(unnamed, 0, 'a picture says what it shows, or is none');
    const [tables, captions] = [await page.locator('table').count(), await page.locator('caption').count()];
    assert.ok(tables > 4);
    assert.equal(captions, tables);
    assert.equal(await page.locator('th:not([scope])').count(), 0);
    const region = page.getByRole('region', { name: 'Tools' });
    await region.focus();
    await page.keyboard.press('ArrowRight');
    // Not `waitForFunction`: it evaluates text in the page, which the page forbids.
    const deadline = Date.now() + 10_000;
    while (!(await page.evaluate('document.activeElement.scrollLeft > 0'))) {
      assert.ok(Date.now() < deadline, 'the table scrolls');
      await page.waitForTimeout(50);
    }
    const ids = await page.evaluate<string[]>(`[...document.querySelectorAll('[id]')].map(({ id }) => id)`);
    assert.equal(new Set(ids).size, ids.length);
    const figures = page.locator('details.figures-over-time');
    await figures.locator('summary').click();
    assert.ok(await figures.locator('td').first().isVisible(), 'the charts in figures');
  });

  test('an empty report and one of a single call have no broken chart', async (t) => {
    for (const lines of [[], [call()], [call({ latency_ms: 0 })], [failed()], [blocked()]]) {
      const { page, problems } = await open(t, renderHtml(await reportOf(t, lines)), 380, 'dark');
      assert.equal(await page.locator('figure.chart').count(), 4);
      assert.doesNotMatch(await page.content(), /NaN|Infinity|undefined/);
      assert.deepEqual(problems, []);
    }
  });

  test('one of 90 days of a fleet is not heavy', async (t) => {
    const file = join(temporaryFolder(t), 'fleet.jsonl');
    const generator = join(REPOSITORY, 'bench/report/generate.mjs');
    expectExit(
      await runProgram(generator, {
        args: [file, '--lines', '20000', '--days', '90', '--start', '2026-01-01T00:00:00Z'],
      }),
    );
    const html = renderHtml(await buildReport([file], { top: 50 }));
    assert.ok(html.length < 400_000, `${html.length} bytes`);
    const { problems } = await open(t, html, 1_400, 'light');
    assert.deepEqual(problems, []);
  });
});

/** Texts whose contrast with what lies behind them is below 4.5 (WCAG 2.2 AA), as `text: ratio`. */
async function lowContrast(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
      const [r, g, b] = parse(color).slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if ((parse(color)[3] ?? 1) === 1) return color;
      }
      return 'rgb(255, 255, 255)';
    };
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (walker.currentNode.data.trim() === '' || parent.closest('title') || parent.matches('.skip')) continue;
      const style = getComputedStyle(parent);
      const ink = parent instanceof SVGElement ? style.fill : style.color;
      const [a, b] = [light(ink), light(behind(parent))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) found.add(walker.currentNode.data.trim().slice(0, 30) + ': ' + ratio.toFixed(2));
    }
    return [...found];
  })()`);
}

/** Why the page cannot be opened; in CI that is a failure. */
function browserMissing(): string | false {
  try {
    chromiumPath();
    return false;
  } catch (error) {
    if (!(error instanceof Missing) || isCi) throw error;
    process.stderr.write(`SKIPPED the HTML report in a browser: ${error.message}\n`);
    return error.message;
  }
}
