import { NEWEST_NODE, NODE_20, type Row } from '../row';
import { servedRequests } from '../served';

export const row: Row = {
  package: '@nestjs-mcp/server',
  role: 'server',
  copy: 'SDK v1, its dependency',
  traced: 'Every request to the server.',
  versions: [
    {
      packages: [
        '@nestjs-mcp/server@0.3.0',
        '@nestjs/common@11.2.10',
        '@nestjs/core@11.2.10',
        '@nestjs/platform-express@11.2.10',
        'reflect-metadata@0.2.2',
        'rxjs@7.8.2',
        'zod@3.25.76',
      ],
      // Its engines say 22, but it has no older release and runs on 20 as well.
      nodes: [NODE_20, NEWEST_NODE],
      formats: ['cjs'],
      program: 'nestjs-mcp-server',
      // The SDK's McpServer answers an unknown tool with an error result.
      spans: servedRequests('tool_error'),
      toolCalls: {},
      transport: 'http',
      stop: 'SIGTERM',
      normalise: (text) => text.replace(/127\.0\.0\.1:\d+/, 'HOST'),
    },
  ],
};
