/** Every command of `otel-mcp`. */
import type { Command } from './command';
import { describeEnvironment } from './environment-report';
import { renderEnvironment } from './environment-text';

export const COMMANDS: Readonly<Record<string, Command>> = {
  env: {
    summary: 'show what is exported where, by the environment as it is',
    description:
      'Reads the environment the way a preloaded agent does and shows where spans, metrics and log records would go.\n' +
      'Run it with the agent’s environment. Values that may hold secrets are not shown.',
    options: {
      json: { type: 'boolean', description: 'print JSON' },
    },
    run({ values, style }) {
      const report = describeEnvironment();
      return values['json'] === true ? JSON.stringify(report, null, 2) : renderEnvironment(report, style);
    },
  },
};
