import { NEWEST_NODE, NODE_20, type Row, type Version } from '../row';
import { servedRequests } from '../served';

const PACKAGES = ['mcp-handler@2.4.0', '@modelcontextprotocol/server@2.4.0', 'zod@4.6.7'];

const overHttp = {
  spans: servedRequests('-32602'),
  toolCalls: {},
  transport: 'http',
  stop: 'SIGTERM',
  normalise: (text: string) => text.replace(/127\.0\.0\.1:\d+/, 'HOST'),
} as const;

const withSdk = (program: string): Pick<Version, 'packages' | 'nodes' | 'formats' | 'program'> => ({
  packages: [...PACKAGES, '@opentelemetry/sdk-node@0.223.0', '@opentelemetry/api@1.9.1'],
  nodes: [NEWEST_NODE],
  formats: ['esm'],
  program,
});

export const row: Row = {
  package: 'mcp-handler',
  role: 'server',
  copy: 'SDK v2, beside it',
  traced: 'Every request to the server, as a child of its caller.',
  notTraced:
    'Where the application starts an OpenTelemetry SDK itself, the handler makes a SERVER span of its own for each request as well: a root, made when the answer is there, that links to the caller.',
  instead:
    'Pass `telemetry: false` to `createMcpHandler`: then there is one span per request, ours. (Both are tested.)',
  versions: [
    {
      ...withSdk('mcp-handler-with-sdk'),
      ...overHttp,
      // A tool that it does not know has no name there.
      foreign: [
        'initialize',
        'notifications/initialized',
        'tools/list',
        'tools/call echo',
        'tools/call fail',
        'tools/call',
      ],
    },
    { ...withSdk('mcp-handler-with-sdk-quiet'), ...overHttp },
    {
      packages: PACKAGES,
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs', 'esm'],
      program: 'mcp-handler',
      ...overHttp,
    },
  ],
};
