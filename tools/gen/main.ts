/**
 * Writes the reference pages and schemas from the tables in `src/` (`npm run gen`). With `--check` it writes nothing and
 * fails when one differs from what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { auditSchemaFile } from './audit-schema';
import { cliPage } from './cli-page';
import { environmentPage } from './environment-page';
import { frameworksPage } from './frameworks-page';
import { dashboardFiles } from './grafana';
import { operationsPage } from './operations/page';
import { policyPage } from './policy-page';
import { policySchemaFile } from './policy-schema';
import { alertFile, recordingFile, throughputFile } from './prometheus/rule-files';
import { telemetryPage } from './telemetry-page';

const REPOSITORY = resolve(__dirname, '../../..');

const PAGES: Readonly<Record<string, () => string>> = {
  'audit.schema.json': auditSchemaFile,
  'collector-config/prometheus/rules/mcp-alerts.yaml': alertFile,
  'collector-config/prometheus/rules/mcp-recording.yaml': recordingFile,
  'collector-config/prometheus/rules/optional/mcp-throughput.yaml': throughputFile,
  'docs/cli.md': cliPage,
  'docs/environment.md': environmentPage,
  'docs/frameworks.md': frameworksPage,
  'docs/operations.md': operationsPage,
  'docs/policy.md': policyPage,
  'docs/telemetry.md': telemetryPage,
  ...dashboardFiles,
  'policy.schema.json': policySchemaFile,
};

function current(file: string): string | undefined {
  try {
    // Git may have made the line ends those of Windows.
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

function main(): void {
  const check = process.argv.includes('--check');
  for (const [name, make] of Object.entries(PAGES)) {
    const file = join(REPOSITORY, name);
    const text = make();
    if (current(file) === text) continue;
    if (check) {
      process.stderr.write(`${name} is not what its tables say: run \`npm run gen\`\n`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      process.stdout.write(`wrote ${name}\n`);
    }
  }
}

main();
