import type { Command } from '../command';
import type * as Report from './env-report';
import type * as Text from './env-text';

export const env: Command = {
  summary: 'show what is exported where, by the environment as it is',
  description:
    'Reads the environment the way a preloaded agent does and shows where spans, metrics and log records would go.\n' +
    'Run it with the agent’s environment. Values that may hold secrets are not shown.',
  options: {
    json: { type: 'boolean', description: 'print JSON' },
  },
  examples: [
    { line: 'npx otel-mcp env', what: 'as this shell is' },
    { line: 'OTEL_METRICS_EXPORTER=prometheus npx otel-mcp env --json', what: 'for a program to read' },
  ],
  run({ values, style }) {
    const { describeEnvironment } = require('./env-report') as typeof Report;
    const report = describeEnvironment();
    if (values['json'] === true) return JSON.stringify(report, null, 2);
    return (require('./env-text') as typeof Text).renderEnvironment(report, style);
  },
};
