/**
 * Agent and server both preloaded: every call has a CLIENT span in the agent and a SERVER span under it in the server,
 * whatever lies between them. TEL-01, TEL-02, TEL-04, TEL-05, TEL-08.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { isV2, programsIn, project, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import {
  expectExit,
  runProgram,
  startProgram,
  type ProgramResult,
  type RunningProgram,
} from '../support/run-program';

interface Setting {
  sdk: string;
  transport: 'stdio' | 'streamable' | 'sse';
  era?: 'legacy' | 'auto';
}

const SETTINGS: Setting[] = [
  { sdk: '1.4.1', transport: 'stdio' },
  { sdk: '1.4.1', transport: 'sse' },
  { sdk: '1.12.3', transport: 'stdio' },
  { sdk: '1.12.3', transport: 'streamable' },
  { sdk: '1.32.2', transport: 'stdio' },
  { sdk: '1.32.2', transport: 'streamable' },
  { sdk: '1.32.2', transport: 'sse' },
  { sdk: '2.0.0', transport: 'stdio', era: 'auto' },
  { sdk: '2.4.0', transport: 'stdio', era: 'legacy' },
  { sdk: '2.4.0', transport: 'stdio', era: 'auto' },
  { sdk: '2.4.0', transport: 'streamable', era: 'legacy' },
  { sdk: '2.4.0', transport: 'streamable', era: 'auto' },
];

/** `error.type` by span name, the same on both sides here: none of these codes is the caller's fault. */
const CALLS: Record<string, string | undefined> = {
  'tools/list': undefined,
  'tools/call echo': undefined,
  'tools/call whoami': undefined,
  'tools/call fail': 'tool_error',
  'tools/call boom': '-32603',
  'tools/call coded': '-32001',
  'resources/read': undefined,
  'prompts/get greet': undefined,
};
const HANDSHAKE = { legacy: ['initialize', 'notifications/initialized'], auto: ['server/discover'] };
const NETWORK = {
  stdio: { 'network.transport': 'pipe', 'network.protocol.name': undefined },
  streamable: { 'network.transport': 'tcp', 'network.protocol.name': 'http' },
  sse: { 'network.transport': 'tcp', 'network.protocol.name': 'http' },
};

const REGISTER = `--require ${join(REPOSITORY, 'build/src/register.js')}`;

/** Both programs by NODE_OPTIONS: the way in which a child process inherits the preload. */
async function runBoth(setting: Setting, env: Record<string, string>): Promise<ProgramResult> {
  const { sdk, transport, era } = setting;
  const cwd = await project({ sdk, tarball: false });
  const programs = await programsIn(cwd);
  const version = isV2(sdk) ? 'v2' : 'v1';
  if (transport === 'stdio') {
    const stdioEnv = { ...env, MCP_ERA: era, SERVER_INHERITS_ENV: '1' };
    return expectExit(await runProgram(join(programs, `agent-${version}.mjs`), { cwd, env: stdioEnv }));
  }
  const server = startProgram(join(programs, `echo-http-server-${version}.cjs`), { cwd, env });
  const origin = await firstLine(server);
  const agent = join(programs, `agent-http-${version}.${version === 'v1' ? 'cjs' : 'mjs'}`);
  const MCP_URL = `${origin}/${transport === 'sse' ? 'sse' : 'mcp'}`;
  const result = await runProgram(agent, { cwd, env: { ...env, MCP_ERA: era, MCP_URL } });
  server.child.stdin.end();
  expectExit(await server.result);
  return expectExit(result);
}

function firstLine(program: RunningProgram): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    program.child.stdout.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    program.result.then((ended) => reject(new Error(`ended early: ${ended.stderr}`)), reject);
  });
}

function pair(receiver: OtlpReceiver, name: string): { client: ReceivedSpan; server: ReceivedSpan } {
  const spans = receiver.named(name);
  const kinds = spans.map((span) => span.kind).toSorted((a, b) => a.localeCompare(b));
  assert.deepEqual(kinds, ['CLIENT', 'SERVER'], `spans of ${name}; ${receiver.summary()}`);
  const [client, server] = [
    spans.find((span) => span.kind === 'CLIENT'),
    spans.find((span) => span.kind === 'SERVER'),
  ];
  assert.ok(client && server);
  return { client, server };
}

function count(receiver: OtlpReceiver, metric: string): number {
  return receiver.metric(metric).reduce((sum, point) => sum + (point.count ?? point.value ?? 0), 0);
}

for (const setting of SETTINGS) {
  const title = `SDK ${setting.sdk} over ${setting.transport}${setting.era === undefined ? '' : `, ${setting.era}`}`;
  describe(title, () => {
    const handshake = HANDSHAKE[setting.era ?? 'legacy'];
    const names = [...handshake, ...Object.keys(CALLS)];
    let receiver: OtlpReceiver;
    let bare: ProgramResult;
    let traced: ProgramResult;

    before(async () => {
      receiver = await startOtlpReceiver();
      bare = await runBoth(setting, {});
      traced = await runBoth(setting, { ...receiver.env(), NODE_OPTIONS: REGISTER });
      await receiver.waitFor((seen) => seen.spans.length >= 2 * names.length).catch(() => undefined);
    });
    after(() => receiver.close());

    test('the agent says what it says without us', () => {
      assert.equal(traced.stdout, bare.stdout);
      assert.doesNotMatch(traced.stderr, /opentelemetry-instrumentation-mcp/);
    });

    test('each call: a CLIENT root and a SERVER span below it', () => {
      for (const name of names) {
        const { client, server } = pair(receiver, name);
        assert.equal(client.parentSpanId, '', name);
        assert.equal(server.parentSpanId, client.spanId, name);
        assert.equal(server.traceId, client.traceId, name);
        assert.equal(server.attributes['jsonrpc.request.id'], client.attributes['jsonrpc.request.id'], name);
      }
      assert.equal(receiver.spans.length, 2 * names.length, receiver.summary());
    });

    test('outcomes agree on both sides', () => {
      for (const [name, type] of Object.entries(CALLS)) {
        const { client, server } = pair(receiver, name);
        const status = type === undefined ? 'UNSET' : 'ERROR';
        assert.deepEqual(
          [client.attributes['error.type'], client.status.code],
          [type, status],
          `client ${name}`,
        );
        assert.deepEqual(
          [server.attributes['error.type'], server.status.code],
          [type, status],
          `server ${name}`,
        );
      }
    });

    test('the transport is named on both sides, the server address on the client', () => {
      const { client, server } = pair(receiver, 'tools/call echo');
      for (const [key, value] of Object.entries(NETWORK[setting.transport])) {
        assert.equal(client.attributes[key], value, `client ${key}`);
        assert.equal(server.attributes[key], value, `server ${key}`);
      }
      const address = setting.transport === 'stdio' ? undefined : '127.0.0.1';
      assert.equal(client.attributes['server.address'], address);
      assert.equal(typeof client.attributes['server.port'], address === undefined ? 'undefined' : 'number');
      const version = client.attributes['mcp.protocol.version'];
      assert.ok(
        typeof version === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(version),
        'client protocol version',
      );
      assert.equal(server.attributes['mcp.protocol.version'], version, 'server protocol version');
    });

    test('each side has its own duration histogram; the call is counted once, by the agent', () => {
      assert.equal(count(receiver, 'mcp.client.operation.duration'), names.length);
      assert.equal(count(receiver, 'mcp.server.operation.duration'), names.length);
      assert.equal(count(receiver, 'mcp.tool.calls'), 5);
    });
  });
}
