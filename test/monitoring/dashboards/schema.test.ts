/** Every key and value of the dashboards is one that the SDK's types know. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';

import { DASHBOARD_NAMES, dashboardText, type DashboardName } from '../../../tools/preview/dashboard-queries';
import { REPOSITORY } from '../../support/installs';

const TYPES = join(REPOSITORY, 'test/monitoring/dashboards/support/schema-types');
const COMPILER = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
const OPTIONS =
  '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --module node20 --ignoreConfig';

/** What the compiler says about texts of dashboards; '' when they are right. */
async function compile(context: TestContext, texts: Readonly<Record<string, string>>): Promise<string> {
  // Below the repository, where the SDK is found.
  const folder = mkdtempSync(join(REPOSITORY, 'build/schema-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = Object.entries(texts).map(([name, text]) => {
    const file = join(folder, `${name}.ts`);
    const type = `import type { DashboardLiteral } from ${JSON.stringify(TYPES)};`;
    writeFileSync(file, `${type}\nexport const ${name}: DashboardLiteral = ${text};\n`);
    return file;
  });
  const run = promisify(execFile);
  try {
    await run(process.execPath, [COMPILER, ...OPTIONS.split(' '), ...files]);
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const all = Object.fromEntries(DASHBOARD_NAMES.map((name) => [name, dashboardText(name)]));

test('the dashboards are what the SDK’s types say', async (context) => {
  assert.equal(await compile(context, all), '');
});

/** What would be wrong: a text that the file has, and what stands in its place. */
const WRONG: Readonly<Record<string, [DashboardName, string, string]>> = {
  misspeltKey: ['overview', '"drawStyle"', '"drawstyle"'],
  unknownStyle: ['overview', '"drawStyle": "line"', '"drawStyle": "lines"'],
  unknownPanel: ['overview', '"type": "heatmap"', '"type": "heat-map"'],
  textForNumber: ['overview', '"schemaVersion": 42', '"schemaVersion": "42"'],
  unknownRefresh: ['overview', '"refresh": 2', '"refresh": 7'],
};

test('what the types do not know is found', async (context) => {
  const texts = Object.entries(WRONG).map(([name, [dashboard, right, wrong]]) => {
    const text = dashboardText(dashboard);
    assert.ok(text.includes(right), right);
    return [name, text.replace(right, wrong)] as const;
  });
  const said = await compile(context, Object.fromEntries(texts));
  for (const name of Object.keys(WRONG)) assert.match(said, new RegExp(`${name}\\.ts\\(\\d`), name);
});
