/** `OTEL_MCP_USER_LABEL`: one switch for the user id on spans and in metrics. Identity never leaves by the wire. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { context, propagation } from '@opentelemetry/api';

import { withMcpContext } from '../../src/index';
import { REPOSITORY } from '../support/installs';
import { startAgent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';

const KEY_FILE = join(REPOSITORY, 'tsconfig.json');
process.env['MCP_AUDIT_KEY_FILE'] = KEY_FILE;

const agent = startAgent();
beforeEach(() => agent.reset());

/** What one call for user `u-1` shows: `user.id` of its span, `user_id` of its series, and what the server received. */
async function shown(value: string | undefined): Promise<{ span: unknown; label: unknown; wire: string }> {
  if (value === undefined) delete process.env['OTEL_MCP_USER_LABEL'];
  else process.env['OTEL_MCP_USER_LABEL'] = value;
  agent.instrumentation.setConfig({});
  const { client, close } = await v1.connectPair();
  await agent.reset();
  const identity = { userId: 'u-1', tenantId: 'tenant-x', roles: ['role-x'], sessionId: 'session-x' };
  const result = await withMcpContext(identity, () => client.callTool({ name: 'whoami' }));
  const [point] = await agent.collect('mcp.tool.calls');
  await close();
  const [first] = result.content as { text: string }[];
  return {
    span: agent.span('tools/call whoami', 'CLIENT').attributes['user.id'],
    label: point?.attributes['user_id'],
    wire: first?.text ?? '',
  };
}

describe('OTEL_MCP_USER_LABEL', () => {
  it('plain, the default: as it is', async () => {
    for (const value of [undefined, 'plain', 'nonsense']) {
      const { span, label } = await shown(value);
      assert.deepEqual([span, label], ['u-1', 'u-1']);
    }
  });

  it('hashed: a keyed hash, the same on span and series', async () => {
    const { span, label } = await shown('hashed');
    const digest = createHmac('sha256', readFileSync(KEY_FILE)).update('u-1').digest('hex');
    assert.deepEqual([span, label], [digest.slice(0, 16), digest.slice(0, 16)]);
  });

  it('off: nowhere', async () => {
    const { span, label } = await shown('off');
    assert.deepEqual([span, label], [undefined, 'unknown']);
    assert.doesNotMatch(JSON.stringify([agent.spans(), await agent.collect()]), /u-1/);
  });

  it('identity is never written to _meta or baggage, and tenant, roles and session are on no signal', async () => {
    const { wire } = await shown('plain');
    assert.doesNotMatch(wire, /u-1|tenant-x|role-x|session-x/);
    assert.doesNotMatch(JSON.stringify([agent.spans(), await agent.collect()]), /tenant-x|role-x|session-x/);
  });

  it('_meta and baggage of the call are no source of identity by default', async () => {
    const { client, close } = await v1.connectPair();
    await agent.reset();
    const bag = propagation.createBaggage({ 'user.id': { value: 'forged' } });
    await context.with(propagation.setBaggage(context.active(), bag), () =>
      client.callTool({
        name: 'echo',
        arguments: {},
        _meta: { 'user.id': 'forged', userId: 'forged' },
      }),
    );
    assert.equal(agent.span('tools/call echo', 'CLIENT').attributes['user.id'], undefined);
    assert.equal(agent.span('tools/call echo', 'SERVER').attributes['user.id'], undefined);
    await close();
  });
});
