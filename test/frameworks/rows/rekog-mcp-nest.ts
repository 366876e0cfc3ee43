import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

const beside = (nest: string): string[] => [
  '@rekog/mcp-nest@2.0.5',
  ...['common', 'core', 'microservices', 'platform-express'].map((part) => `@nestjs/${part}@${nest}`),
  'reflect-metadata@0.2.2',
  'rxjs@7.8.2',
  'zod@4.6.7',
];

const cell = {
  nodes: [NODE_20, NEWEST_NODE],
  formats: ['cjs'],
  program: 'rekog-mcp-nest',
  spans: servedRequests('-32602'),
  toolCalls: {},
} as const;

export const row: Row = {
  package: '@rekog/mcp-nest',
  role: 'server',
  copy: 'SDK v2, beside it',
  traced: 'Every request to the server, over stdio and streamable HTTP.',
  versions: [
    // Nest 12 is ES modules, which this package requires.
    { ...cell, packages: beside('12.1.1'), args: ['stdio'] },
    {
      ...cell,
      packages: beside('11.2.6'),
      transport: 'http',
      stop: 'SIGTERM',
      normalise: (text) => text.replace(/127\.0\.0\.1:\d+/, 'HOST'),
    },
  ],
};
