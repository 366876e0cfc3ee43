import type { Command } from '../command';
import type * as Copy from './assets-copy';
import type * as Text from './assets-text';

export const assets: Command = {
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
  examples: [{ line: 'npx otel-mcp assets --out monitoring', what: 'into ./monitoring' }],
  exitCodes: { 1: 'nothing was written: a file was changed, or the folder cannot be written' },
  run({ values, style }) {
    const out = String(values['out']);
    const { copyAssets } = require('./assets-copy') as typeof Copy;
    const report = copyAssets(out, values['force'] === true);
    if (values['json'] === true) return JSON.stringify(report, null, 2);
    return (require('./assets-text') as typeof Text).renderAssets(report, out, style);
  },
};
