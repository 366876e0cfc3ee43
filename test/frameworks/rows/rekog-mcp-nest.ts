import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

export const row: Row = {
  package: '@rekog/mcp-nest',
  role: 'server',
  copy: 'SDK v2, beside it',
  traced: 'Every request to the server.',
  versions: [
    {
      packages: [
        '@rekog/mcp-nest@2.0.5',
        '@nestjs/common@11.2.6',
        '@nestjs/core@11.2.6',
        '@nestjs/microservices@11.2.6',
        '@nestjs/platform-express@11.2.6',
        'reflect-metadata@0.2.2',
        'rxjs@7.8.2',
        'zod@4.6.7',
      ],
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs'],
      program: 'rekog-mcp-nest',
      spans: servedRequests('-32602'),
      toolCalls: {},
      transport: 'http',
      stop: 'SIGTERM',
      normalise: (text) => text.replace(/127\.0\.0\.1:\d+/, 'HOST'),
    },
  ],
};
