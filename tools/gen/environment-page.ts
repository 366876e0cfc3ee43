/** `docs/environment.md`. */
import type { EnvironmentVariable } from '../../src/core/environment';
import { ENVIRONMENT } from '../../src/core/environment';
import { STANDARD_ENVIRONMENT } from '../../src/telemetry/standard-environment';
import { code, codes, GENERATED, page, table } from './markdown';

export function environmentPage(): string {
  return page([
    GENERATED('src/core/environment.ts and src/telemetry/standard-environment.ts'),
    '# Environment variables',
    'Nothing has to be set: without any of these every MCP call is traced and measured, and sent by OTLP over HTTP to `localhost:4318`. ' +
      '`npx otel-mcp env` prints what the variables as they are amount to.',
    '## Read by this package',
    'An empty variable counts as unset. A value outside what is listed is one warning on stderr, and the default applies.',
    table(['variable', 'values', 'default', 'meaning'], Object.values(ENVIRONMENT).map(row)),
    '## Standard variables that matter here',
    'These are OpenTelemetry’s own, read by the OpenTelemetry SDK or with the same meaning in its place. They concern the SDK that this package starts ' +
      'for an agent that has none; an agent’s own SDK reads what it reads. Every other `OTEL_*` variable that `@opentelemetry/sdk-node` knows works too.',
    table(
      ['variable', 'default', 'meaning'],
      STANDARD_ENVIRONMENT.map(({ name, default: standard, description }) => [
        code(name),
        shownDefault(standard),
        description,
      ]),
    ),
  ]);
}

function row({ name, values, range, default: standard, description }: EnvironmentVariable): string[] {
  const any = range === undefined ? 'any' : `${range[0]} to ${range[1]}`;
  return [
    code(name),
    values === undefined ? any : codes(values),
    values === undefined ? standard : shownDefault(standard),
    description,
  ];
}

function shownDefault(standard: string): string {
  return standard === 'none' || /\s/.test(standard) ? standard : code(standard);
}
