/** Which lines a call gives, and what they say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { canonicalize } from 'json-canonicalize';

import { auditKeys, hashParams } from '../../src/audit/keys';
import type { AuditRecord } from '../../src/audit/schema';
import type { Decision, McpCall, Outcome } from '../../src/core/call';
import { VERSION } from '../../src/version';
import {
  ALLOWED,
  decision,
  filesIn,
  openLog,
  recordsOf,
  runCall,
  SECRET,
  serverSession,
  temporaryFolder,
  toolCall,
} from './support';

type Row = {
  readonly name: string;
  readonly call?: McpCall;
  readonly decisions?: readonly Decision[];
  readonly outcome?: Outcome;
  /** Of each line: event, action, success, outcome, error_type, latency. */
  readonly lines: readonly (readonly [string, ...unknown[]])[];
};

const denied = (errorType: string): Outcome => ({ status: 'denied', errorType });
const request = (method: string, changes: Partial<McpCall> = {}): McpCall =>
  toolCall({ method, target: undefined, params: {}, ...changes });
const observed = decision({ action: 'observed', mode: 'observe' });

const ROWS: readonly Row[] = [
  {
    name: 'a call',
    decisions: [ALLOWED],
    lines: [['mcp_tool_call', 'allowed', true, 'success', undefined, 45.2]],
  },
  { name: 'without guards', lines: [['mcp_tool_call', undefined, true, 'success', undefined, 45.2]] },
  {
    name: 'a tool error',
    outcome: { status: 'error', errorType: 'tool_error' },
    lines: [['mcp_tool_call', undefined, false, 'error', 'tool_error', 45.2]],
  },
  {
    name: 'a timeout is no denial',
    outcome: { status: 'error', errorType: 'timeout' },
    lines: [['mcp_tool_call', undefined, false, 'error', 'timeout', 45.2]],
  },
  {
    name: 'a blocked call is one line',
    decisions: [ALLOWED, decision()],
    outcome: denied('access_denied'),
    lines: [['mcp_access_denied', 'blocked', false, 'denied', 'access_denied', 0]],
  },
  ...(
    [
      ['rate_limited', 'mcp_rate_limit'],
      ['budget_exceeded', 'mcp_budget_exceeded'],
      ['input_rejected', 'mcp_input_rejected'],
      ['circuit_open', 'mcp_circuit_open'],
      ['guard_unavailable', 'mcp_access_denied'],
    ] as const
  ).map(([errorType, event]) => ({
    name: errorType,
    decisions: [decision()],
    outcome: denied(errorType),
    lines: [[event, 'blocked', false, 'denied', errorType, 0]] as const,
  })),
  {
    name: 'two denials are one line',
    decisions: [decision(), decision({ guard: 'url' })],
    outcome: denied('access_denied'),
    lines: [['mcp_access_denied', 'blocked', false, 'denied', 'access_denied', 0]],
  },
  {
    name: 'an observed denial is a line of its own, and the call another',
    decisions: [observed, decision({ guard: 'url', action: 'observed', mode: 'observe' }), ALLOWED],
    lines: [
      ['mcp_access_denied', 'observed', false, undefined, undefined, undefined],
      ['mcp_tool_call', 'observed', true, 'success', undefined, 45.2],
    ],
  },
  {
    name: 'an observed denial of a call that another guard blocks is no line',
    decisions: [observed, decision({ guard: 'rate_limit' })],
    outcome: denied('rate_limited'),
    lines: [['mcp_rate_limit', 'blocked', false, 'denied', 'rate_limited', 0]],
  },
  {
    name: 'denied for its result: the time it took',
    decisions: [ALLOWED, decision({ guard: 'content', stage: 'result' })],
    outcome: denied('input_rejected'),
    lines: [['mcp_input_rejected', 'blocked', false, 'denied', 'input_rejected', 45.2]],
  },
  {
    name: 'a guard that failed open',
    decisions: [decision({ verdict: 'error', action: 'failed_open', reason: 'guard_failed' })],
    lines: [['mcp_tool_call', 'failed_open', true, 'success', undefined, 45.2]],
  },
  {
    name: 'a modified call',
    decisions: [ALLOWED, decision({ verdict: 'modify', action: 'modified' })],
    lines: [['mcp_tool_call', 'modified', true, 'success', undefined, 45.2]],
  },
  ...['resources/read', 'resources/subscribe', 'prompts/get'].map((method) => ({
    name: method,
    call: request(method),
    lines: [['mcp_request', undefined, true, 'success', undefined, 45.2]] as const,
  })),
  ...['sampling/createMessage', 'elicitation/create', 'roots/list'].map((method) => ({
    name: `incoming ${method}`,
    call: request(method, { direction: 'incoming' as const }),
    lines: [['mcp_request', undefined, true, 'success', undefined, 45.2]] as const,
  })),
  ...['tools/list', 'initialize', 'ping'].map((method) => ({
    name: method,
    call: request(method),
    lines: [],
  })),
  {
    name: 'a denied connection',
    call: request('initialize'),
    decisions: [decision({ guard: 'server_allowlist' })],
    outcome: denied('access_denied'),
    lines: [['mcp_access_denied', 'blocked', false, 'denied', 'access_denied', 0]],
  },
  {
    name: 'what a server receives',
    call: toolCall({ direction: 'incoming', session: serverSession }),
    lines: [],
  },
  { name: 'what a server asks', call: request('roots/list', { session: serverSession }), lines: [] },
  { name: 'a retry leg', call: toolCall({ parent: toolCall() }), lines: [] },
];

describe('lines of a call', () => {
  for (const { name, call, decisions, outcome, lines } of ROWS) {
    test(name, (t) => {
      const records = written(t, (log) => runCall(log, call, decisions, outcome));
      assert.deepEqual(
        records.map((record) => [
          record.event,
          record.action,
          record.success,
          record.outcome,
          record.error_type,
          record.latency_ms,
        ]),
        lines,
      );
      assert.equal(new Set(records.map(({ call_id: id }) => id)).size, Math.min(1, lines.length));
    });
  }

  test('a decision that comes after the call is a line too, the second is not', (t) => {
    const records = written(t, (log) => {
      const call = toolCall();
      runCall(log, call);
      log.decided(call, [observed]);
      log.decided(call, [observed]);
    });
    assert.deepEqual(
      records.map(({ event, call_id: id }) => [event, id === records[0]?.call_id]),
      [
        ['mcp_tool_call', true],
        ['mcp_access_denied', true],
      ],
    );
  });
});

describe('a record', () => {
  test('holds the fields of the guide and everything that is known', (t) => {
    const call = toolCall({
      identity: { userId: 'u', agentName: 'a', tenantId: 't', roles: ['ops'], sessionId: 's' },
    });
    const facts = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), toolDigest: 'd' };
    const [record] = written(
      t,
      (log) =>
        runCall(log, call, [
          { ...ALLOWED, cost: 2 },
          decision({ verdict: 'allow', action: 'allowed', guard: 'budget', cost: 3 }),
          decision({ action: 'observed', rule: 'r1', limit: 10, remaining: 0, retryAfterMs: 50 }),
        ]),
      {},
      { facts: () => facts },
    );
    const { params_hash: hash, hash: _, prev, timestamp, writer, call_id: id, ...rest } = record!;
    assert.match(hash ?? '', /^hmac-sha256:[0-9a-f]{64}$/);
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(id ?? '', /^[0-9a-f]{12}-1$/);
    assert.match(writer ?? '', new RegExp(`-${process.pid}-[0-9a-f]{8}$`));
    assert.match(prev ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      event: 'mcp_access_denied',
      tool_name: 'read_file',
      server_id: 'filesystem',
      user_id: 'u',
      agent_name: 'a',
      success: false,
      v: 1,
      seq: 1,
      method: 'tools/call',
      target: 'read_file',
      tenant_id: 't',
      roles: ['ops'],
      session: 's',
      trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16),
      mode: 'enforce',
      verdict: 'deny',
      action: 'observed',
      guard: 'tool_allowlist',
      rule: 'r1',
      reason: 'not_in_allowlist',
      cost: 5,
      decisions: [
        {
          action: 'observed',
          guard: 'tool_allowlist',
          limit: 10,
          mode: 'enforce',
          reason: 'not_in_allowlist',
          remaining: 0,
          retry_after_ms: 50,
          rule: 'r1',
          stage: 'request',
          verdict: 'deny',
        },
        { action: 'allowed', checked: 'identity,budget', guard: 'all', verdict: 'allow' },
      ],
      policy_digest: '0123456789ab',
      tool_digest: 'd',
      req_bytes: 21,
      kid: auditKeys(SECRET).kid,
    });
  });

  test('never holds the transport’s identity, and arguments only by level', (t) => {
    const folder = temporaryFolder(t);
    const call = toolCall({
      params: { arguments: { password: 'hunter2', deep: [{ password: 1 }], text: 'x' } },
    });
    const outcome: Outcome = { status: 'success', result: { content: [{ text: 'the result' }] } };
    for (const level of ['none', 'metadata', 'request', 'full'] as const) {
      const log = openLog({ dir: `${folder}/${level}` }, { level, redact: ['password'] });
      runCall(log, call, [], outcome);
      log.close();
    }
    const read = (level: string): [string, AuditRecord] => {
      const [file] = filesIn(`${folder}/${level}`);
      return [readFileSync(file!, 'utf8'), recordsOf(file!)[1]!];
    };
    for (const level of ['none', 'metadata', 'request', 'full'])
      assert.doesNotMatch(read(level)[0], /hunter2|secret/);
    assert.doesNotMatch(read('request')[0], /the result/);
    assert.deepEqual(
      ['none', 'metadata', 'request', 'full'].map((level) => {
        const record = read(level)[1];
        return [
          record.params_hash === null,
          record.req_bytes,
          record.res_bytes,
          record.arguments,
          record.result,
        ];
      }),
      [
        [true, undefined, undefined, undefined, undefined],
        [false, 57, 35, undefined, undefined],
        [false, 57, 35, '{"deep":[{"password":"[redacted]"}],"password":"[redacted]","text":"x"}', undefined],
        [
          false,
          57,
          35,
          '{"deep":[{"password":"[redacted]"}],"password":"[redacted]","text":"x"}',
          '{"content":[{"text":"the result"}]}',
        ],
      ],
    );
  });

  test('keeps no more of arguments and results than max_bytes', (t) => {
    const call = toolCall({ params: { arguments: { text: 'ä'.repeat(5_000) } } });
    const [record] = written(t, (log) => runCall(log, call), { level: 'request', max_bytes: 64 });
    assert.ok(Buffer.byteLength(record?.arguments ?? '') <= 64);
    assert.match(record?.arguments ?? '', /^\{"text":"ä+$/);
    assert.equal(record?.req_bytes, 10_011);
  });

  test('is told without what it captures of the call, which is for the file', (t) => {
    const folder = temporaryFolder(t);
    const told: AuditRecord[] = [];
    const log = openLog({ dir: folder }, { level: 'full' }, { told: (line) => told.push(line) });
    runCall(log, toolCall(), [decision({ action: 'observed' })]);
    log.close();
    const inFile = recordsOf(filesIn(folder)[0]!).slice(1, -1);
    assert.equal(inFile.length, 2);
    assert.ok(inFile.every((line) => line.arguments !== undefined));
    assert.deepEqual(
      told.map((line) => [line.event, line.arguments, line.result]),
      inFile.map((line) => [line.event, undefined, undefined]),
    );
  });

  test('is written in RFC 8785 form, its hash at the end', (t) => {
    const folder = temporaryFolder(t);
    const log = openLog({ dir: folder }, { level: 'full' });
    const call = toolCall({ params: { arguments: { b: '\u2028"\\', a: 1e21, é: -0 } } });
    runCall(log, call, [decision({ action: 'observed' }), ALLOWED]);
    log.close();
    const lines = readFileSync(filesIn(folder)[0]!, 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, 4);
    for (const line of lines) {
      const { hash, ...rest } = JSON.parse(line) as AuditRecord;
      assert.equal(line, `${canonicalize(rest).slice(0, -1)},"hash":"${hash}"}`);
    }
  });

  test('of a start names policy, version and the record before', (t) => {
    const folder = temporaryFolder(t);
    const first = openLog({ dir: folder });
    first.close();
    const [file] = filesIn(folder);
    const second = openLog({ dir: folder });
    second.close();
    const last = recordsOf(file!).at(-1)!;
    const starts = filesIn(folder).map((path) => recordsOf(path)[0]!);
    const { previous } = starts.find((start) => start.writer !== last.writer)!;
    assert.equal(last.event, 'audit_end');
    assert.deepEqual(
      [starts[0]?.package_version, starts[0]?.policy_digest, starts[0]?.event],
      [VERSION, '0123456789ab', 'audit_start'],
    );
    assert.deepEqual(previous, {
      file: file!.split('/').at(-1),
      hash: last.hash,
      seq: last.seq,
      writer: last.writer,
    });
  });

  test('of arguments that throw when they are looked at is written without their hash', (t) => {
    const hostile = {
      get path(): string {
        throw new Error('no');
      },
    };
    const [record] = written(t, (log) => runCall(log, toolCall({ params: { arguments: hostile } })));
    assert.equal(record?.params_hash, null);
  });
});

describe('the hash of arguments', () => {
  const keys = auditKeys(SECRET);

  test('is that of their RFC 8785 form, whatever the order of keys', () => {
    assert.equal(hashParams({ a: 1, b: [2] }, keys).hash, hashParams({ b: [2], a: 1 }, keys).hash);
    assert.notEqual(hashParams({ a: 1 }, keys).hash, hashParams({ a: 2 }, keys).hash);
  });

  test('is another under another key, and without a key in every process', () => {
    assert.notEqual(hashParams({}, keys).hash, hashParams({}, auditKeys(Buffer.alloc(32, 8))).hash);
    assert.notEqual(hashParams({}, auditKeys(undefined)).hash, hashParams({}, auditKeys(undefined)).hash);
    assert.equal(auditKeys(undefined).kid, 'ephemeral');
    assert.match(keys.kid, /^[0-9a-f]{8}$/);
  });

  test('of more than 64 kB covers size and beginning, and says so', () => {
    const long = (tail: string): Record<string, unknown> => ({ text: 'x'.repeat(70_000), tail });
    assert.equal(hashParams(long('a'), keys).isTruncated, true);
    assert.equal(hashParams(long('a'), keys).hash, hashParams(long('a'), keys).hash);
    assert.notEqual(hashParams(long('a'), keys).hash, hashParams(long('ab'), keys).hash);
    assert.equal(hashParams({ text: 'x'.repeat(60_000) }, keys).isTruncated, false);
  });

  test('of 100 MB takes no time', () => {
    const rows = Array.from({ length: 100 }, () => 'x'.repeat(1_000_000));
    const started = performance.now();
    assert.ok(hashParams({ rows }, keys).bytes > 100_000_000);
    assert.ok(performance.now() - started < 500, `${performance.now() - started} ms`);
  });
});

/** The lines that `work` writes, without those of start and end. */
function written(
  t: { after(work: () => void): void },
  work: (log: ReturnType<typeof openLog>) => void,
  ...[policy, options]: [Parameters<typeof openLog>[1]?, Parameters<typeof openLog>[2]?]
): AuditRecord[] {
  const folder = temporaryFolder(t);
  const log = openLog({ dir: folder }, policy, options);
  work(log);
  log.close();
  const records = filesIn(folder).flatMap((file) => recordsOf(file));
  return records.filter(({ event }) => event !== 'audit_start' && event !== 'audit_end');
}
