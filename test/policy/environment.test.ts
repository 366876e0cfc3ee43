/** Variables that refine a policy: where it is silent they fill in, where both speak the stricter holds. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { ENVIRONMENT } from '../../src/core/environment';
import { refineByEnvironment } from '../../src/policy/environment';
import type { PolicyInput } from '../../src/policy/schema';
import { policySchema } from '../../src/policy/schema';
import { valueAt } from '../../src/policy/problem';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

type Given = Omit<PolicyInput, 'version' | 'id'>;
type Variables = Readonly<Record<string, string>>;

const NAMES = Object.keys(ENVIRONMENT);

function clear(): void {
  for (const name of NAMES) delete process.env[name];
}
afterEach(clear);

function refined(given: Given, variables: Variables): object {
  const policy = policySchema.parse({ version: 1, id: 'p', ...given });
  const before = structuredClone(policy);
  Object.assign(process.env, variables);
  const result = refineByEnvironment(policy);
  assert.deepEqual(policy, before, 'the policy itself stays');
  clear();
  return result;
}

const FS = { match: { command: 'npx' } };
const fs = (filesystem: NonNullable<NonNullable<PolicyInput['servers']>[string]['filesystem']>): Given => ({
  servers: { fs: { ...FS, filesystem } },
});
const memory = (fields: object): Given => ({ limits: { store: { memory: fields } } });
const enabled = ['servers', 'fs', 'filesystem', 'enabled'];
const readOnly = ['servers', 'fs', 'filesystem', 'read_only'];
const perUser = ['limits', 'store', 'memory', 'max_keys_per_user'];
const interval = ['limits', 'store', 'memory', 'cleanup_interval'];
const age = ['limits', 'store', 'memory', 'max_age'];

/** What the policy says, the variable, where to look, what is there then. */
const ROWS: readonly (readonly [Given, string, readonly string[], unknown])[] = [
  // It can only lower.
  [{ mode: 'enforce' }, 'MCP_GUARD_MODE=observe', ['mode'], 'observe'],
  [{ mode: 'enforce' }, 'MCP_GUARD_MODE=off', ['mode'], 'off'],
  [{ mode: 'observe' }, 'MCP_GUARD_MODE=enforce', ['mode'], 'observe'],
  [{}, 'MCP_GUARD_MODE=enforce', ['mode'], 'observe'],
  [{ mode: 'off' }, 'MCP_GUARD_MODE=observe', ['mode'], 'off'],
  [{ mode: 'enforce' }, 'MCP_GUARD_MODE=', ['mode'], 'enforce'],
  [{ mode: 'enforce' }, 'MCP_GUARD_MODE=OBSERVE', ['mode'], 'observe'],
  [{ paths: { mode: 'enforce' } }, 'MCP_GUARD_MODE=observe', ['paths', 'mode'], 'observe'],
  [{ paths: { mode: 'off' } }, 'MCP_GUARD_MODE=observe', ['paths', 'mode'], 'off'],
  [{ paths: {} }, 'MCP_GUARD_MODE=observe', ['paths', 'mode'], undefined],
  // File system servers.
  [fs({}), '', enabled, false],
  [fs({ enabled: true }), '', enabled, true],
  [fs({}), 'MCP_ENABLE_FILESYSTEM=true', enabled, true],
  [fs({}), 'MCP_ENABLE_FILESYSTEM=1', enabled, true],
  [fs({}), 'MCP_ENABLE_FILESYSTEM=false', enabled, false],
  [fs({ enabled: false }), 'MCP_ENABLE_FILESYSTEM=true', enabled, false],
  [fs({ enabled: true }), 'MCP_ENABLE_FILESYSTEM=false', enabled, false],
  [fs({ enabled: true }), 'MCP_ENABLE_FILESYSTEM=0', enabled, false],
  [fs({ enabled: true }), 'MCP_ENABLE_FILESYSTEM=true', enabled, true],
  [{}, '', ['filesystem', 'enabled'], false],
  [{}, 'MCP_ENABLE_FILESYSTEM=true', ['filesystem', 'enabled'], true],
  [fs({ enabled: false }), 'MCP_ENABLE_FILESYSTEM=true', ['filesystem', 'enabled'], true],
  [fs({}), '', readOnly, false],
  [fs({}), 'MCP_FILESYSTEM_READ_ONLY=true', readOnly, true],
  [fs({ read_only: true }), 'MCP_FILESYSTEM_READ_ONLY=false', readOnly, true],
  [fs({ read_only: false }), 'MCP_FILESYSTEM_READ_ONLY=true', readOnly, true],
  [{}, 'MCP_FILESYSTEM_READ_ONLY=true', ['filesystem', 'read_only'], true],
  // What restricts paths needs the guard of paths.
  [fs({ read_only: true }), '', ['paths', 'follow_symlinks'], 'check'],
  [fs({ root: '/app' }), '', ['paths', 'root'], undefined],
  [fs({ root: '/app' }), '', ['paths', 'deny'], []],
  [fs({ enabled: true }), '', ['paths'], undefined],
  [{}, 'MCP_FILESYSTEM_READ_ONLY=1', ['paths', 'deny'], []],
  // Roots.
  [{}, '', ['paths'], undefined],
  [{}, 'MCP_FILESYSTEM_SAFE_ROOT=/app/data', ['paths', 'root'], '/app/data'],
  [{}, 'MCP_FILESYSTEM_SAFE_ROOT=/app/data', ['paths', 'follow_symlinks'], 'check'],
  [{ paths: {} }, 'MCP_FILESYSTEM_SAFE_ROOT=/app/data', ['paths', 'root'], '/app/data'],
  [{ paths: { root: '/app' } }, 'MCP_FILESYSTEM_SAFE_ROOT=/app/data', ['paths', 'root'], '/app/data'],
  [
    { paths: { root: '/app/data/in' } },
    'MCP_FILESYSTEM_SAFE_ROOT=/app/data',
    ['paths', 'root'],
    '/app/data/in',
  ],
  [
    { paths: { root: '/app/database' } },
    'MCP_FILESYSTEM_SAFE_ROOT=/app/data',
    ['paths', 'root'],
    '/app/database',
  ],
  [{ paths: { root: '/srv' } }, 'MCP_FILESYSTEM_SAFE_ROOT=/app/..data', ['paths', 'root'], '/srv'],
  [{ paths: { root: '/app' } }, 'MCP_FILESYSTEM_SAFE_ROOT=/app/..data', ['paths', 'root'], '/app/..data'],
  [
    { paths: { root: 'C:\\data' } },
    'MCP_FILESYSTEM_SAFE_ROOT=c:\\data\\in',
    ['paths', 'root'],
    'c:\\data\\in',
  ],
  [{ paths: { root: 'C:\\data' } }, 'MCP_FILESYSTEM_SAFE_ROOT=D:\\data', ['paths', 'root'], 'C:\\data'],
  [{}, 'MCP_FILESYSTEM_SAFE_ROOT=data', ['paths'], undefined],
  [
    fs({ root: '/app' }),
    'MCP_FILESYSTEM_SAFE_ROOT=/app/data',
    ['servers', 'fs', 'filesystem', 'root'],
    '/app/data',
  ],
  [fs({}), 'MCP_FILESYSTEM_SAFE_ROOT=/app/data', ['servers', 'fs', 'filesystem', 'root'], undefined],
  // The time limit, in seconds.
  [{}, '', ['timeout'], undefined],
  [{}, 'MCP_DEFAULT_TIMEOUT=30.0', ['timeout', 'default'], '30000ms'],
  [{ timeout: { default: '10s' } }, 'MCP_DEFAULT_TIMEOUT=30.0', ['timeout', 'default'], '10s'],
  [{ timeout: { default: '1m' } }, 'MCP_DEFAULT_TIMEOUT=0.5', ['timeout', 'default'], '500ms'],
  [{ timeout: { 'a/b': '1h' } }, 'MCP_DEFAULT_TIMEOUT=30', ['timeout'], { 'a/b': '1h', default: '30000ms' }],
  [{}, 'MCP_DEFAULT_TIMEOUT=0', ['timeout'], undefined],
  [{}, 'MCP_DEFAULT_TIMEOUT=30s', ['timeout'], undefined],
  // Identity.
  [{}, '', ['identity'], undefined],
  [{}, 'CONTEXT_REQUIRE_USER_ID=true', ['identity'], { required: true, bind_session: false }],
  [{}, 'CONTEXT_REQUIRE_USER_ID=false', ['identity'], undefined],
  [
    { identity: { required: false, bind_session: true } },
    'CONTEXT_REQUIRE_USER_ID=true',
    ['identity'],
    { required: true, bind_session: true },
  ],
  [{ identity: { required: true } }, 'CONTEXT_REQUIRE_USER_ID=false', ['identity', 'required'], true],
  // State of limits.
  [memory({}), '', perUser, undefined],
  [memory({}), 'CONTEXT_MAX_PER_USER=100', perUser, 100],
  [memory({ max_keys_per_user: 50 }), 'CONTEXT_MAX_PER_USER=100', perUser, 50],
  [memory({ max_keys_per_user: 500 }), 'CONTEXT_MAX_PER_USER=100', perUser, 100],
  [memory({}), 'CONTEXT_MAX_PER_USER=many', perUser, undefined],
  [memory({}), 'CONTEXT_CLEANUP_INTERVAL_HOURS=1.0', interval, '3600000ms'],
  [memory({ cleanup_interval: '10m' }), 'CONTEXT_CLEANUP_INTERVAL_HOURS=1.0', interval, '10m'],
  [memory({ cleanup_interval: '2h' }), 'CONTEXT_CLEANUP_INTERVAL_HOURS=1.0', interval, '3600000ms'],
  [memory({}), 'CONTEXT_MAX_AGE_HOURS=24', age, '86400000ms'],
  [memory({ max_age: '1h' }), 'CONTEXT_MAX_AGE_HOURS=24', age, '1h'],
  [memory({ max_age: '30d' }), 'CONTEXT_MAX_AGE_HOURS=24', age, '86400000ms'],
  [{ limits: {} }, 'CONTEXT_MAX_PER_USER=100', ['limits', 'store', 'memory', 'max_keys'], 50_000],
  [{ limits: {} }, 'CONTEXT_MAX_AGE_HOURS=24', age, '86400000ms'],
  [{ limits: {} }, '', ['limits', 'store'], 'memory'],
  [
    { limits: { store: { redis: { url: 'redis://h' } } } },
    'CONTEXT_MAX_PER_USER=100',
    ['limits', 'store', 'redis', 'url'],
    'redis://h',
  ],
  [{ limits: { store: { redis: { url: 'redis://h' } } } }, 'CONTEXT_MAX_PER_USER=100', perUser, 100],
  [{}, 'CONTEXT_MAX_PER_USER=100', ['limits'], undefined],
];

describe('a variable and a policy', () => {
  for (const [given, variable, path, expected] of ROWS) {
    const said = JSON.stringify(given);
    test(`${variable === '' ? 'no variable' : variable} with ${said}: ${path.join('.')}`, () => {
      const equals = variable.indexOf('=');
      const variables: Variables =
        equals === -1 ? {} : { [variable.slice(0, equals)]: variable.slice(equals + 1) };
      assert.deepEqual(valueAt(refined(given, variables), path), expected);
    });
  }

  test('every mode is lowered, wherever it stands, and nothing else', () => {
    const enforce = { mode: 'enforce' } as const;
    const limit = { per: ['user'] as 'user'[], points: 1, window: '1s', ...enforce };
    const given: Given = {
      ...enforce,
      identity: enforce,
      servers: { mode: { match: { command: 'x' }, ...enforce } },
      rules: [{ id: 'mode', deny: { tool: 'enforce' }, ...enforce }],
      limits: {
        size: enforce,
        rate: [{ id: 'r', ...limit }],
        budget: [{ id: 'b', ...limit, cost: { mode: 5, '*': 1 } }],
      },
      paths: enforce,
      urls: enforce,
      content: { ...enforce, patterns: [{ id: 'x', regex: 'x', ...enforce }] },
      tools_pin: { file: 'f', ...enforce },
      breaker: enforce,
      timeout: { mode: '1s' },
    };
    const untouched = JSON.stringify(refined(given, {}));
    const lowered = JSON.stringify(refined(given, { MCP_GUARD_MODE: 'observe' }));
    const modes = untouched.match(/"mode":"enforce"/g);
    assert.equal(modes?.length, 13);
    assert.equal(lowered, untouched.replaceAll('"mode":"enforce"', '"mode":"observe"'));
  });

  test('all of them together never make a mode stricter', () => {
    const result = refined(
      {},
      {
        MCP_GUARD_MODE: 'enforce',
        MCP_GUARD_REQUIRED: 'true',
        MCP_DEFAULT_TIMEOUT: '30.0',
        MCP_ENABLE_FILESYSTEM: 'false',
        MCP_FILESYSTEM_SAFE_ROOT: '/app/data',
        MCP_FILESYSTEM_READ_ONLY: 'true',
        CONTEXT_REQUIRE_USER_ID: 'true',
        CONTEXT_MAX_PER_USER: '100',
        CONTEXT_CLEANUP_INTERVAL_HOURS: '1.0',
        CONTEXT_MAX_AGE_HOURS: '24',
      },
    );
    assert.equal(valueAt(result, ['mode']), 'observe');
    assert.ok(!JSON.stringify(result).includes('enforce'));
  });
});

test('an unknown value is one warning on stderr and the default', async () => {
  const program = `
    const { policySchema } = require('./build/src/policy/schema.js');
    const { refineByEnvironment } = require('./build/src/policy/environment.js');
    const policy = policySchema.parse({ version: 1, id: 'p', mode: 'enforce', limits: {}, paths: { root: '/srv' } });
    refineByEnvironment(policy);
    console.log(JSON.stringify(refineByEnvironment(policy)) === JSON.stringify({ ...policy, filesystem: { enabled: false, read_only: false } }));`;
  const bad = {
    MCP_GUARD_MODE: 'strict',
    MCP_DEFAULT_TIMEOUT: 'soon',
    MCP_ENABLE_FILESYSTEM: 'yes',
    MCP_FILESYSTEM_SAFE_ROOT: 'data',
    MCP_FILESYSTEM_READ_ONLY: 'on',
    CONTEXT_REQUIRE_USER_ID: '2',
    CONTEXT_MAX_PER_USER: '-1',
    CONTEXT_CLEANUP_INTERVAL_HOURS: '99',
    CONTEXT_MAX_AGE_HOURS: 'NaN',
  };
  const result = await runProgram('-e', { args: [program], cwd: REPOSITORY, env: bad });
  const { stdout, stderr } = expectExit(result);
  assert.equal(stdout.trim(), 'true');
  const lines = stderr.trim().split('\n');
  assert.equal(lines.length, Object.keys(bad).length, stderr);
  for (const name of Object.keys(bad)) {
    const line = lines.find((one) => one.includes(`${name} has an unknown value and is ignored; allowed: `));
    assert.ok(line, `${name} in ${stderr}`);
  }
});
