/** Every command of `otel-mcp`. */
import { copyAssets } from './assets';
import { renderAssets } from './assets-text';
import type { Command } from './command';
import { describeEnvironment } from './environment-report';
import { renderEnvironment } from './environment-text';

export const COMMANDS: Readonly<Record<string, Command>> = {
  assets: {
    summary: 'copy dashboards, alert rules and collector configuration out of the package',
    description:
      'Copies the configuration of the OpenTelemetry Collector, Prometheus, Alertmanager, Jaeger and Grafana into a\n' +
      'folder, with docker-compose.yaml and the pages on operation. A file that is there and was changed is not\n' +
      'overwritten: then nothing is written, and the changed files are named.',
    options: {
      out: {
        type: 'string',
        value: 'DIR',
        required: true,
        description: 'folder to write to; made where it is not',
      },
      force: { type: 'boolean', description: 'overwrite changed files' },
      json: { type: 'boolean', description: 'print JSON' },
    },
    examples: ['npx otel-mcp assets --out monitoring'],
    run({ values, style }) {
      const out = String(values['out']);
      const report = copyAssets(out, values['force'] === true);
      return values['json'] === true ? JSON.stringify(report, null, 2) : renderAssets(report, out, style);
    },
  },
  env: {
    summary: 'show what is exported where, by the environment as it is',
    description:
      'Reads the environment the way a preloaded agent does and shows where spans, metrics and log records would go.\n' +
      'Run it with the agent’s environment. Values that may hold secrets are not shown.',
    options: {
      json: { type: 'boolean', description: 'print JSON' },
    },
    examples: ['npx otel-mcp env', 'OTEL_METRICS_EXPORTER=prometheus npx otel-mcp env --json'],
    run({ values, style }) {
      const report = describeEnvironment();
      return values['json'] === true ? JSON.stringify(report, null, 2) : renderEnvironment(report, style);
    },
  },
};
