/** Identity: precedence field by field, nesting, environment, and baggage only where it is named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { join } from 'node:path';

import type { Identity } from '../../src/index';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

/**
 * The environment is read once per process, so each case has a process of its own: `contexts` are entered one inside
 * the other, baggage is what the baggage reader would return, and the identity of a call is printed.
 */
async function identityOf(options: {
  env?: Record<string, string>;
  contexts?: readonly Identity[];
  baggage?: Identity;
  clientName?: string;
}): Promise<Record<string, unknown>> {
  const { env = {}, contexts = [], baggage = {}, clientName = 'client' } = options;
  const program = `
    const { withMcpContext, currentIdentity } = require(${JSON.stringify(join(REPOSITORY, 'build/src/pipeline/identity.js'))});
    const enter = ([first, ...rest]) => first === undefined
      ? currentIdentity(${JSON.stringify(clientName)}, () => (${JSON.stringify(baggage)}))
      : withMcpContext(first, () => enter(rest));
    setImmediate(() => console.log(JSON.stringify(enter(${JSON.stringify(contexts)}))));`;
  const result = expectExit(await runProgram('--eval', { args: [program], env }));
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

const ENV = {
  MCP_USER_ID: 'env-user',
  MCP_TENANT_ID: 'env-tenant',
  MCP_AGENT_NAME: 'env-agent',
  MCP_ROLES: 'a, b,,c ',
};

describe('identity', () => {
  it('nobody said anything: the agent is the client’s name, the rest is absent', async () => {
    assert.deepEqual(await identityOf({}), { agentName: 'client' });
  });

  it('environment', async () => {
    assert.deepEqual(await identityOf({ env: ENV }), {
      userId: 'env-user',
      tenantId: 'env-tenant',
      agentName: 'env-agent',
      roles: ['a', 'b', 'c'],
    });
  });

  it('an empty variable is no identity', async () => {
    assert.deepEqual(await identityOf({ env: { MCP_USER_ID: '', MCP_TENANT_ID: ' ' } }), {
      agentName: 'client',
    });
  });

  it('a context without a user keeps the environment’s user, and overrides field by field', async () => {
    assert.deepEqual(await identityOf({ env: ENV, contexts: [{ agentName: 'planner', sessionId: 's-1' }] }), {
      userId: 'env-user',
      tenantId: 'env-tenant',
      agentName: 'planner',
      roles: ['a', 'b', 'c'],
      sessionId: 's-1',
    });
    assert.deepEqual(
      (await identityOf({ env: ENV, contexts: [{ tenantId: 'ctx-tenant' }] }))['tenantId'],
      'ctx-tenant',
    );
  });

  it('a context that sets the user takes tenant and roles from contexts only', async () => {
    assert.deepEqual(await identityOf({ env: ENV, contexts: [{ userId: 'u' }] }), {
      userId: 'u',
      agentName: 'env-agent',
    });
    assert.deepEqual(
      await identityOf({ env: ENV, contexts: [{ tenantId: 't', roles: ['r'] }, { userId: 'u' }] }),
      { userId: 'u', tenantId: 't', roles: ['r'], agentName: 'env-agent' },
    );
  });

  it('nested contexts override by field; an undefined field overrides nothing', async () => {
    const contexts = [
      { userId: 'outer', tenantId: 't', roles: ['r'], sessionId: 's' },
      { userId: 'inner', tenantId: undefined },
    ];
    assert.deepEqual(await identityOf({ contexts }), {
      userId: 'inner',
      tenantId: 't',
      roles: ['r'],
      sessionId: 's',
      agentName: 'client',
    });
  });

  it('allowTools intersect, to nothing if need be, and only contexts set them', async () => {
    const allowed = async (...lists: (readonly string[] | undefined)[]) => {
      const contexts = lists.map((allowTools) => (allowTools === undefined ? {} : { allowTools }));
      return (await identityOf({ contexts }))['allowTools'];
    };
    assert.equal(await allowed(), undefined);
    assert.deepEqual(await allowed(['a', 'b']), ['a', 'b']);
    assert.deepEqual(await allowed(['a', 'b'], ['b', 'c']), ['b']);
    assert.deepEqual(await allowed(['a'], ['b']), []);
    assert.deepEqual(await allowed(['a'], [], ['a', 'b']), []);
    assert.deepEqual(await allowed(['a', 'b'], undefined, ['b']), ['b']);
    assert.deepEqual(await allowed([], undefined), []);
  });

  it('baggage is read only where MCP_IDENTITY_FROM names it', async () => {
    const baggage = { userId: 'bag-user', tenantId: 'bag-tenant', agentName: 'bag-agent', roles: ['bag'] };
    assert.deepEqual(await identityOf({ baggage }), { agentName: 'client' });
    assert.deepEqual(await identityOf({ baggage, env: { MCP_IDENTITY_FROM: 'baggage' } }), baggage);
    assert.deepEqual(
      await identityOf({ baggage, env: { ...ENV, MCP_IDENTITY_FROM: 'context,env,baggage' } }),
      await identityOf({ env: ENV }),
      'the environment comes before baggage',
    );
  });

  it('a user from baggage brings no tenant of another source, and none of ours is lent to it', async () => {
    const env = { MCP_TENANT_ID: 'env-tenant', MCP_IDENTITY_FROM: 'context, env, baggage' };
    const found = await identityOf({ env, baggage: { userId: 'bag-user' } });
    assert.equal(found['userId'], 'bag-user');
    assert.equal(found['tenantId'], undefined);
  });

  it('a source that is not named is not read', async () => {
    assert.deepEqual(
      await identityOf({ env: { ...ENV, MCP_IDENTITY_FROM: 'context' }, contexts: [{ userId: 'u' }] }),
      { userId: 'u', agentName: 'client' },
    );
    assert.deepEqual(await identityOf({ env: { MCP_IDENTITY_FROM: 'env' }, contexts: [{ userId: 'u' }] }), {
      agentName: 'client',
    });
  });
});
