/** What a policy is after loading: the same from YAML and JSON, without what it interpolates, with its defaults. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';

import fc from 'fast-check';
import { RE2JS } from 're2js';
import { stringify } from 'yaml';

import type { LoadedPolicy } from '../../src/policy/load';
import { isSamePolicy, loadPolicy, protectedPaths, resolvedPolicy } from '../../src/policy/load';
import { PolicyError } from '../../src/policy/problem';
import { policySchema } from '../../src/policy/schema';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-load-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  // Whatever the process's mask is.
  chmodSync(file, mode);
  return file;
}

const load = (text: string, name = 'policy.yaml'): LoadedPolicy => loadPolicy(write(name, text));

const HEAD = 'version: 1\nid: p\n';

describe('YAML and JSON', () => {
  const POLICY = {
    $schema: 'x',
    version: 1,
    id: 'p',
    servers: { fs: { match: { command: 'npx', args: ['-y', '*'] } }, '*': { action: 'deny' } },
    rules: [{ id: 'r', allow: { server: 'fs', tool: ['read_*'] } }],
    limits: { budget: [{ id: 'b', per: ['user'], points: 1e3, window: 'day', cost: { 'fs/*': 0.5 } }] },
  };

  test('give the same policy and the same digest, however they are written', () => {
    const texts = [
      JSON.stringify(POLICY),
      JSON.stringify(POLICY, null, '\t'),
      `\uFEFF${JSON.stringify(POLICY, null, 2)}`,
      stringify(POLICY),
      stringify(POLICY, { collectionStyle: 'flow' }),
      `# a comment\n${stringify(Object.fromEntries(Object.entries(POLICY).toReversed()))}`,
    ];
    const all = texts.map((text) => load(text));
    for (const one of all) {
      assert.deepEqual(one.policy, all[0]!.policy);
      assert.equal(one.digest, all[0]!.digest);
      assert.ok(isSamePolicy(one, all[0]!));
    }
  });

  test('the digest is the SHA-256 of the canonical JSON of what is written, without defaults', () => {
    const canonical = '{"id":"p","mode":"enforce","version":1}';
    const { digest } = load(`mode: enforce\n${HEAD}`);
    assert.equal(digest, createHash('sha256').update(canonical).digest('hex'));
    assert.notEqual(digest, load(`mode: enforce\ndefault: deny\n${HEAD}`).digest);
  });

  test('texts of every kind come through both', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (reason) => {
        // Not interpolation, which has tests of its own; and no half of a surrogate pair, which UTF-8 cannot hold.
        fc.pre(!reason.includes('${') && reason.isWellFormed());
        const written = { version: 1, id: 'p', audit: { dir: 'd', prefix: reason, redact: [reason] } };
        const json = load(JSON.stringify(written), 'policy.json');
        assert.equal(json.policy.audit?.prefix, reason);
        assert.equal(json.digest, load(stringify(written)).digest);
      }),
      { numRuns: 300 },
    );
  });
});

describe('interpolation', () => {
  const SECRET = 'sw0rdf1sh-of-the-test';
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  afterEach(() => set('POLICY_TEST_SECRET', undefined));

  /** Everything that could be printed of it. */
  const shown = (value: unknown): string =>
    [
      inspect(value, { depth: 20, showHidden: true, getters: true }),
      JSON.stringify(value),
      String(value),
      value instanceof Error ? `${value.stack}${JSON.stringify(value.cause)}` : '',
    ].join('\n');

  test('fills in texts at any depth, from the environment and from files beside the policy', () => {
    set('POLICY_TEST_SECRET', SECRET);
    write('secrets/host', 'redis.example\n');
    const loaded = load(
      `${HEAD}limits: {store: {redis: {url: "redis://:\${env:POLICY_TEST_SECRET}@\${file:secrets/host}:6379"}}}\n` +
        `audit: {dir: a, redact: ["\${env:POLICY_TEST_SECRET}", "$\${env:X}", "a{2}$", "\${2}"]}\n`,
    );
    const resolved = resolvedPolicy(loaded);
    assert.ok(typeof resolved.limits?.store === 'object');
    assert.equal(resolved.limits.store.redis?.url, `redis://:${SECRET}@redis.example:6379`);
    const nodes = load(
      `${HEAD}limits: {store: {redis: {cluster: ["rediss://u:\${env:POLICY_TEST_SECRET}@h"]}}}`,
    );
    const { store } = resolvedPolicy(nodes).limits ?? {};
    assert.deepEqual(typeof store === 'object' && store.redis?.cluster, [`rediss://u:${SECRET}@h`]);
    assert.deepEqual(resolved.audit?.redact, [SECRET, '${env:X}', 'a{2}$', '${2}']);
    assert.equal(resolved.audit.dir, join(folder, 'a'), 'relative to the policy');
  });

  test('what was filled in is in nothing that is printed', () => {
    const text =
      `${HEAD}limits: {store: {redis: {url: "redis://:\${env:POLICY_TEST_SECRET}@h"}}}\n` +
      `audit: {dir: a, prefix: "\${file:secret}"}\n`;
    write('secret', `${SECRET}\n`, 0o622);
    set('POLICY_TEST_SECRET', SECRET);
    const loaded = load(text);
    assert.ok(JSON.stringify(resolvedPolicy(loaded)).includes(SECRET), 'it is in the resolved policy');
    assert.ok(!shown(loaded).includes(SECRET));
    assert.ok(shown(loaded).includes('${env:POLICY_TEST_SECRET}'), 'as it is written');
    const { digest } = loaded;
    set('POLICY_TEST_SECRET', 'another');
    const again = load(text);
    assert.equal(again.digest, digest, 'the digest does not depend on it');
    assert.ok(!isSamePolicy(loaded, again), 'though it is another policy');
  });

  test('nor in any error, wherever it is wrong', () => {
    set('POLICY_TEST_SECRET', SECRET);
    const reference = '"${env:POLICY_TEST_SECRET}"';
    const texts = [
      `mode: ${reference}`,
      `audit: ${reference}`,
      `servers: {"*": {action: ${reference}}}`,
      `servers: {a: {match: {url: ${reference}}}}`,
      `rules: [{id: ${reference}, deny: {}}, {id: ${reference}, deny: {}}]`,
      `servers: {"*": {action: deny}, a: {match: {command: x}}}\nrules: [{id: r, deny: {server: ["*", ${reference}]}}]`,
      `servers: {a: {match: {command: x}}}\nrules: [{id: r, deny: {server: ${reference}}}]`,
      `limits: {rate: [{id: r, per: [user], for: ${reference}, points: 1, window: 1s}]}`,
      `limits: {rate: [{id: r, per: [${reference}], points: ${reference}, window: ${reference}}]}`,
      `limits: {store: {redis: {url: ${reference}}}}`,
      `limits: {store: {redis: {cluster: [${reference}]}}}`,
      `limits: {store: ${reference}}`,
      `content: {patterns: [{id: x, regex: "(\${env:POLICY_TEST_SECRET}"}]}`,
      `paths: {root: ${reference}, deny: ["{\${env:POLICY_TEST_SECRET}"]}`,
      `paths: {deny: ["{\${env:POLICY_TEST_SECRET}"]}`,
      `timeout: {default: ${reference}}`,
      `audit: {dir: ${reference}, file: ${reference}}`,
      `audit: {dir: "\${file:${reference.slice(1, -1)}}"}`,
    ];
    for (const text of texts) {
      let error: unknown;
      try {
        load(HEAD + text);
      } catch (caught) {
        error = caught;
      }
      assert.ok(error instanceof PolicyError, `${text} is wrong`);
      assert.ok(!shown(error).includes(SECRET), text);
    }
    // And in a warning.
    const servers = 'servers: {a: {match: {command: x}}}\n';
    const limit = `limits: {rate: [{id: r, per: [user], for: "\${env:POLICY_TEST_SECRET}/*", points: 1, window: 1s}]}`;
    const { warnings } = load(HEAD + servers + limit);
    assert.equal(warnings.length, 1);
    assert.ok(!shown(warnings).includes(SECRET));
  });

  test('a secret that is written into the policy is not quoted by errors that concern its place', () => {
    for (const text of [
      `limits: {store: {redis: {url: "http://:${SECRET}@h"}}}`,
      `limits: {store: {redis: {url: "${SECRET}"}}}`,
      `limits: {store: {redis: {cluster: ["redis://:${SECRET}@h/1"]}}}`,
      `limits: {store: {redis: {cluster: ["redis://:${SECRET}@h", "rediss://:${SECRET}@h"]}}}`,
      `servers: {a: {match: {command: x, args: [{token: "${SECRET}"}]}}}`,
      `servers: {a: {match: {url: "${SECRET}"}}}`,
      `urls: {allow: ["https://user:${SECRET}@h"]}`,
      `mode: "${SECRET}`,
      `mode: [${SECRET}: {`,
    ]) {
      assert.throws(
        () => load(HEAD + text),
        (error: unknown) => error instanceof PolicyError && !shown(error).includes(SECRET),
        text,
      );
    }
  });

  test('what cannot be a value', () => {
    set('POLICY_TEST_SECRET', '');
    write('empty', '\n');
    write('large', 'x'.repeat(65_537));
    for (const [reference, expected] of [
      ['${env:POLICY_TEST_SECRET}', /`\$\{env:POLICY_TEST_SECRET\}` is empty; set the environment variable/],
      ['${file:empty}', /`\$\{file:empty\}` is empty/],
      ['${file:large}', /is larger than 65536 bytes/],
      ['${file:.}', /is no file/],
      ['${env:}', /nothing is named/],
    ] as const) {
      assert.throws(() => load(`${HEAD}audit: {dir: "${reference}"}`), expected);
    }
  });

  test('a value is text and nothing more: it is neither interpolated nor read as YAML', () => {
    set('POLICY_TEST_SECRET', '${env:HOME}');
    const loaded = load(`${HEAD}audit: {dir: d, prefix: "\${env:POLICY_TEST_SECRET}"}`);
    assert.equal(resolvedPolicy(loaded).audit?.prefix, '${env:HOME}');
    set('POLICY_TEST_SECRET', '60');
    assert.throws(
      () => load(`${HEAD}limits: {size: {depth: "\${env:POLICY_TEST_SECRET}"}}`),
      /limits\.size\.depth: `\$\{env:POLICY_TEST_SECRET\}`, whose value is not shown; write a whole number/,
    );
  });
});

describe('a loaded policy', () => {
  test('cannot be changed, neither as written nor as resolved', () => {
    const loaded = load(`${HEAD}rules: [{id: r, deny: {tool: x}}]`);
    for (const policy of [loaded.policy, resolvedPolicy(loaded)]) {
      assert.throws(() => {
        policy.mode = 'enforce';
      }, TypeError);
      assert.throws(() => policy.rules.push(policy.rules[0]!), TypeError);
    }
    assert.equal(load(HEAD).policy.rules.length, 0, 'defaults are not shared');
  });

  test('names its file by an absolute path', () => {
    assert.equal(load(HEAD).file, join(folder, 'policy.yaml'));
  });

  test('tells which files no tool may touch', () => {
    const key = join(folder, 'env-key');
    process.env['MCP_AUDIT_KEY_FILE'] = key;
    write('secret', 'x');
    const loaded = load(
      `${HEAD}tools_pin: {file: lock}\naudit: {dir: ./log, key_file: /etc/key, prefix: "\${file:secret}"}\n` +
        'limits: {store: {memory: {state_file: state.json}}}\nmonitor: {state_file: learned}',
    );
    const protectedOnes = protectedPaths(loaded);
    delete process.env['MCP_AUDIT_KEY_FILE'];
    assert.deepEqual(
      protectedOnes.toSorted(),
      [
        resolve('/etc/key'),
        ...[
          'env-key',
          'learned',
          'learned.lock',
          'lock',
          'log',
          'policy.yaml',
          'secret',
          'state.json',
          'state.json.lock',
        ].map((name) => join(folder, name)),
      ].toSorted(),
    );
  });

  test('is not made of anything else', () => {
    assert.throws(() => resolvedPolicy({ ...load(HEAD) }), TypeError);
  });

  const modes = { skip: process.platform === 'win32' && 'Windows has no file modes' };

  test('warns of files that group or others can write', modes, () => {
    write('lock.json', '{}', 0o620);
    write('key', 'x'.repeat(32), 0o602);
    write('secret', 'x', 0o666);
    const file = write(
      'policy.yaml',
      `${HEAD}tools_pin: {file: lock.json}\naudit: {dir: d, key_file: key, prefix: "\${file:secret}"}`,
      0o664,
    );
    const { warnings } = loadPolicy(file);
    assert.deepEqual(
      warnings.map(({ line, path, found, remedy }) => [line, path, found, remedy]),
      [
        [undefined, '', file],
        [undefined, '', join(folder, 'secret')],
        [3, 'tools_pin.file', join(folder, 'lock.json')],
        [4, 'audit.key_file', join(folder, 'key')],
      ].map(([line, path, name]) => [
        line,
        path,
        `group or others can write to ${name}`,
        `chmod go-w ${name}`,
      ]),
    );
    for (const name of ['lock.json', 'key', 'secret', 'policy.yaml']) chmodSync(join(folder, name), 0o644);
    assert.deepEqual(loadPolicy(file).warnings, []);
  });

  test('warns of a scope that no alias matches', () => {
    const servers = 'servers: {crm: {match: {command: x}}}\n';
    const { warnings } = load(
      `${HEAD}${servers}timeout: {default: 1s, "crn/x": 2s, "c*/x": 2s, "*/x": 2s, "crm*": 1s}`,
    );
    assert.deepEqual(
      warnings.map(({ path, remedy }) => [path, remedy]),
      [['timeout["crn/x"]', 'did you mean `crm`?']],
    );
  });
});

test('a catastrophic regular expression costs less than 5 ms', () => {
  // Each takes the engine of JavaScript seconds to years on such texts.
  for (const regex of ['^(a+)+$', '(a|a)*b', '(.*a){20}', String.raw`^(\w+\s?)*$`, '(x+x+)+y']) {
    const { policy } = load(`${HEAD}content: {patterns: [{id: x, regex: '${regex}'}]}`);
    const pattern = RE2JS.compile(policy.content!.patterns[0]!.regex);
    for (const text of [`${'a'.repeat(28)}!`, 'x'.repeat(30), 'word '.repeat(8).concat('!')]) {
      // The least of several: others use this machine too.
      const times = Array.from({ length: 7 }, () => {
        const before = performance.now();
        pattern.matcher(text).find();
        return performance.now() - before;
      });
      assert.ok(Math.min(...times) < 5, `${regex}: ${Math.min(...times)} ms`);
    }
  }
});

test('a regular expression of exploding size is refused, and quickly', () => {
  const before = performance.now();
  assert.throws(
    () => load(`${HEAD}content: {patterns: [{id: x, regex: '((a{100}){100}){100}'}]}`),
    /does not compile/,
  );
  assert.ok(performance.now() - before < 1_000);
});

test('the defaults, as they are in force', () => {
  const written = {
    version: 1,
    id: 'p',
    identity: {},
    servers: { a: { match: { command: 'x' }, filesystem: {} } },
    limits: { size: {}, store: { memory: {}, redis: { url: 'redis://h' } } },
    paths: {},
    urls: {},
    content: {},
    tools_pin: { file: 'f' },
    breaker: {},
    retry: { max: 1 },
    audit: { dir: 'd' },
    metrics: {},
    telemetry: {},
    report: { thresholds: {} },
  };
  assert.deepEqual(policySchema.parse(written), {
    version: 1,
    id: 'p',
    mode: 'observe',
    default: 'deny',
    identity: { required: false, bind_session: false },
    servers: {
      a: { match: { command: 'x' }, action: 'allow', propagate: 'all', filesystem: { read_only: false } },
    },
    rules: [],
    limits: {
      size: { request_bytes: 1_048_576, depth: 32, keys: 10_000 },
      rate: [],
      budget: [],
      store: {
        memory: { max_keys: 50_000 },
        redis: { url: 'redis://h', key_prefix: 'mcpguard', timeout: '50ms', on_error: 'local' },
      },
    },
    paths: {
      args: ['path', '**.path', '*_path', 'file', 'filename', 'directory', 'paths', 'uri'],
      follow_symlinks: 'check',
      deny: [],
    },
    urls: { args: ['url', '**.url', 'uri', '**.uri'], schemes: ['https'], deny_private: true },
    content: {
      hidden_characters: 'deny',
      in: ['arguments', 'results', 'tool_definitions'],
      patterns: [],
    },
    tools_pin: { file: 'f', on_change: 'deny', on_new: 'observe' },
    breaker: {
      per: ['server'],
      consecutive: 5,
      half_open_after: '30s',
      count: ['timeout', 'transport'],
    },
    retry: { max: 1, only_idempotent: true },
    deny_as: 'throw',
    audit: {
      dir: 'd',
      level: 'metadata',
      max_bytes: 1_024,
      redact: [],
      fsync: 'none',
      log_records: false,
      on_failure: 'continue',
      retention_days: 90,
      rotate_bytes: 268_435_456,
    },
    metrics: {},
    telemetry: { decisions: 'summary' },
    report: {
      thresholds: {
        access_denied_per_hour: 10,
        rate_limit_hits_per_hour: 20,
        budget_exceeded_per_hour: 5,
        error_percent: 10,
        error_percent_medium: 5,
        min_calls: 10,
        success_percent: 95,
        average_latency_ms: 1_000,
        denied_percent: 1,
      },
    },
  });
  const budget = policySchema.parse({
    version: 1,
    id: 'p',
    limits: { budget: [{ id: 'b', per: ['user'], points: 1, window: 'total' }] },
  });
  assert.deepEqual(budget.limits, {
    rate: [],
    budget: [{ id: 'b', per: ['user'], points: 1, window: 'total', cost: { '*': 1 } }],
    store: 'memory',
  });
});
