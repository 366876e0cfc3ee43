/**
 * A server on SDK v2 that nobody here wrote, `@upstash/context7-mcp`: handshake, list, and a call that fails because the
 * service behind it cannot be reached; denied and observed.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { join } from 'node:path';

import { packages } from '../support/installs';
import { assertDenials, type Denied, type ExpectedStep, type Mode } from './support/denials';
import { node, requestsTo, runGuarded, type Agent, type Command } from './support/guarded-run';
import { PROGRAMS } from './support/nine-cases';

const AGENTS: Readonly<Record<string, Agent>> = {
  'SDK 1.32': { program: join(PROGRAMS, 'scripted-agent-v1.cjs') },
  'SDK 2.4': {
    program: join(PROGRAMS, 'scripted-agent-v2.mjs'),
    preload: 'import',
    env: { MCP_ERA: 'auto' },
  },
};

const DENIED: Denied = {
  guard: 'tool_allowlist',
  kind: 'access_denied',
  event: 'mcp_access_denied',
  reason: 'not_in_allowlist',
};
const STEPS: readonly ExpectedStep[] = [
  { list: true },
  { call: 'resolve-library-id', arguments: { query: 'how to route', libraryName: 'express' } },
  { call: 'query-docs', arguments: { libraryId: '/expressjs/express', query: 'routing' }, denied: DENIED },
];

describe('@upstash/context7-mcp', () => {
  let server: Command;
  before(async () => {
    const folder = await packages(['@upstash/context7-mcp@4.1.1']);
    const script = join(folder, 'node_modules/@upstash/context7-mcp/dist/index.js');
    // Nothing listens there: what the server asks for fails, and nothing leaves this machine.
    server = { ...node(script), env: { CONTEXT7_API_URL: 'http://127.0.0.1:9/api' } };
  });

  for (const [name, agent] of Object.entries(AGENTS)) {
    for (const mode of ['enforce', 'observe'] satisfies Mode[]) {
      test(`${name}: ${mode}`, async () => {
        const run = await runGuarded({
          agent,
          servers: { main: server },
          steps: STEPS,
          policy: {
            mode,
            rules: [{ id: 'resolve-only', allow: { tool: 'resolve-*' } }],
            content: {},
            limits: { size: {} },
          },
        });
        assertDenials(run, STEPS, mode);
        const [listed, resolved] = run.outcomes;
        assert.ok(listed?.result);
        const { tools } = listed.result as unknown as { tools: { name: string }[] };
        assert.deepEqual(tools.map((tool) => tool.name).toSorted(), ['query-docs', 'resolve-library-id']);
        assert.match(resolved?.result?.content?.[0]?.text ?? '', /error|failed/i, 'it cannot be reached');
        const { main } = run.servers;
        assert.ok(main);
        const handshake = name === 'SDK 2.4' ? 'server/discover' : 'initialize';
        assert.equal(requestsTo(main, handshake).length, 1);
        assert.equal(requestsTo(main, 'tools/list').length, 1);
      });
    }
  }
});
