/** One dashboard as a picture. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

import { REPOSITORY } from '../stack/cache';
import { Missing } from '../stack/missing';
import { runtimeFolder } from '../stack/server';
import {
  ask,
  legendOf,
  readDashboard,
  valuesOf,
  type Answer,
  type Asked,
  type DashboardJson,
  type DashboardName,
  type PanelJson,
  type Range,
} from './dashboard-queries';
import { smaller } from './png';

const PAGE = join(REPOSITORY, 'tools/preview/page');
const WIDTH = 1440;

/** @throws Missing */
export function chromiumPath(): string {
  const given = process.env['CHROMIUM_BINARY'];
  const found = [given, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (file) => file !== undefined && file !== '' && existsSync(file),
  );
  if (found === undefined) {
    throw new Missing('no Chromium: apt-get install chromium fonts-dejavu, or set CHROMIUM_BINARY');
  }
  return found;
}

interface DrawnPanel {
  readonly panel: PanelJson;
  readonly answers: readonly (Answer & { readonly names: readonly string[] })[];
}

async function answered(prometheus: Asked, panel: PanelJson, range: Range): Promise<DrawnPanel> {
  const answers = await Promise.all(
    (panel.targets ?? []).map(async (target) => {
      const answer = await ask(prometheus, target, panel, range);
      const names = answer.series.map(({ metric }) => legendOf(target.legendFormat ?? '', metric));
      return { ...answer, names };
    }),
  );
  return { panel, answers };
}

async function annotationsOf(
  prometheus: Asked,
  dashboard: DashboardJson,
  range: Range,
): Promise<{ time: number; text: string; color: string }[]> {
  const found = dashboard.annotations.list.map(async ({ target, titleFormat = '', iconColor }) => {
    if (target === undefined) return [];
    const { series } = await ask(prometheus, target, {}, range);
    return series.flatMap(({ metric, values }) => {
      const text = legendOf(titleFormat, metric);
      // Each time that it begins: at the steps after, the same is within the window of the query.
      const begins = values.filter(([time], index) => time - (values[index - 1]?.[0] ?? 0) > range.barStep);
      return begins.map(([time]) => ({ time, text, color: iconColor }));
    });
  });
  return (await Promise.all(found)).flat();
}

/** @returns the size of the file in bytes */
export async function draw(
  prometheus: Asked,
  name: DashboardName,
  range: Range,
  file: string,
): Promise<number> {
  const dashboard = readDashboard(name);
  const panels = await Promise.all(dashboard.panels.map((panel) => answered(prometheus, panel, range)));
  const variables = await Promise.all(
    dashboard.templating.list
      .filter(({ type }) => type === 'query')
      .map(async (variable) => {
        const [first = ''] = await valuesOf(prometheus, variable, range);
        return { label: variable.label, text: variable.multi === true ? 'All' : first };
      }),
  );
  const annotations = await annotationsOf(prometheus, dashboard, range);
  const data = {
    title: dashboard.title,
    description: dashboard.description,
    range,
    panels,
    variables,
    annotations,
  };
  await screenshot(JSON.stringify(data), file);
  return statSync(file).size;
}

const read = (part: string): string => readFileSync(join(PAGE, part), 'utf8');

function pageOf(data: string): string {
  const echarts = createRequire(__filename).resolve('echarts/dist/echarts.min.js');
  return [
    '<!doctype html><meta charset="utf-8">',
    `<style>${read('style.css')}</style><body></body>`,
    `<script src="${pathToFileURL(echarts).href}"></script>`,
    // A value may hold the end of a script.
    `<script type="application/json" id="data">${data.replaceAll('<', String.raw`\u003c`)}</script>`,
    `<script type="module">${read('draw.mjs')}</script>`,
  ].join('\n');
}

async function screenshot(data: string, file: string): Promise<void> {
  const folder = runtimeFolder('preview');
  const page = join(folder, 'page.html');
  writeFileSync(page, pageOf(data));
  // Chromium refuses to run as root with its sandbox; it opens our own file and nothing else.
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
    const problems: string[] = [];
    tab.on('pageerror', (error) => problems.push(String(error)));
    await tab.goto(pathToFileURL(page).href);
    await tab
      .waitForFunction('window.isDrawn === true || undefined', undefined, { timeout: 30_000 })
      .catch(() => {
        throw new Error(`not drawn: ${problems.join('\n')}`);
      });
    writeFileSync(file, smaller(await tab.screenshot({ fullPage: true })));
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
