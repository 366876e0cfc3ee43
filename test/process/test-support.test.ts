/** The tools of the other tests: each is shown to find what it is there to find. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpProtocol, type OtlpReceiver } from '../support/otlp-receiver';
import { expectExit, explain, runProgram, startProgram, type ProgramResult } from '../support/run-program';

const SENDER = join(REPOSITORY, 'test/programs/otel-sender.cjs');
const PROTOCOLS: OtlpProtocol[] = ['http/json', 'http/protobuf', 'grpc'];

describe('OTLP receiver', () => {
  let receiver: OtlpReceiver;
  before(async () => {
    receiver = await startOtlpReceiver();
  });
  beforeEach(() => receiver.clear());
  after(() => receiver.close());

  for (const protocol of PROTOCOLS) {
    for (const compression of ['none', 'gzip']) {
      test(`reads ${protocol}, compression ${compression}`, async () => {
        const env = { ...receiver.env(protocol), OTEL_EXPORTER_OTLP_COMPRESSION: compression };
        expectExit(await runProgram(SENDER, { env }));
        await receiver.waitFor((seen) => seen.spans.length === 2 && seen.points.length === 2);
        assert.deepEqual(receiver.failures, []);
        assert.deepEqual([...new Set(receiver.requests.map((request) => request.protocol))], [protocol]);
        checkSpans(receiver);
        checkMetrics(receiver);
      });
    }
  }

  test('waitFor says what arrived when the rest does not', async () => {
    await assert.rejects(
      receiver.waitFor((seen) => seen.spans.length > 0, 20),
      /not received within 20 ms; spans: \[\]/,
    );
  });

  test('hanging: the request arrives, the answer does not', async () => {
    const hanging = await startOtlpReceiver('hanging');
    const request = fetch(`${hanging.url}/v1/traces`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(200),
    });
    await assert.rejects(request, { name: 'TimeoutError' });
    assert.equal(hanging.requests.length, 1);
    await hanging.close();
  });

  test('closed: the port refuses', async () => {
    const closed = await startOtlpReceiver('closed');
    await assert.rejects(fetch(`${closed.url}/v1/traces`, { method: 'POST', body: '{}' }), TypeError);
  });
});

function checkSpans(receiver: OtlpReceiver): void {
  const [outer] = receiver.named('outer');
  const [inner] = receiver.named('inner');
  assert.ok(outer && inner);
  assert.match(outer.traceId, /^[0-9a-f]{32}$/);
  assert.equal(outer.kind, 'SERVER');
  assert.equal(outer.parentSpanId, '');
  assert.deepEqual(outer.status, { code: 'UNSET', message: '' });
  assert.equal(inner.kind, 'INTERNAL');
  assert.equal(inner.parentSpanId, outer.spanId);
  assert.equal(inner.traceId, outer.traceId);
  assert.deepEqual(inner.attributes, { text: 'a', whole: 7, broken: 1.5, yes: true, many: ['x', 'y'] });
  assert.deepEqual(inner.status, { code: 'ERROR', message: 'went wrong' });
  assert.deepEqual(inner.events, [{ name: 'happened', attributes: { at: 'once' } }]);
  const link = { traceId: outer.traceId, spanId: outer.spanId, attributes: { why: 'because' } };
  assert.deepEqual(inner.links, [link]);
  assert.deepEqual(inner.scope, { name: 'sender-scope', version: '1.2.3' });
  assert.equal(inner.resource['service.name'], 'sender');
  assert.ok(inner.end >= inner.start && inner.start > 0n);
}

function checkMetrics(receiver: OtlpReceiver): void {
  const [things] = receiver.metric('things');
  const [waited] = receiver.metric('waited');
  assert.ok(things && waited);
  assert.equal(things.value, 3);
  assert.equal(things.unit, '{thing}');
  assert.equal(things.description, 'Things.');
  assert.equal(things.monotonic, true);
  assert.equal(things.temporality, 'cumulative');
  assert.deepEqual(things.attributes, { colour: 'red' });
  assert.deepEqual([waited.type, waited.count, waited.sum], ['histogram', 2, 5.5]);
  assert.deepEqual(
    [waited.bounds, waited.buckets],
    [
      [1, 10],
      [1, 1, 0],
    ],
  );
}

describe('programs', () => {
  test('a clean environment, stdin, exit code, streams and a command line to run it again', async () => {
    process.env['OTEL_SERVICE_NAME'] = 'leaked';
    const script =
      'process.stdin.on("data", (d) => console.log(String(d), process.env.OTEL_SERVICE_NAME, process.env.A)).on("end", () => { console.error("e"); process.exit(3) })';
    const result = await runProgram('-e', { args: [script], stdin: 'in', env: { A: "it's" } });
    delete process.env['OTEL_SERVICE_NAME'];
    assert.deepEqual([result.code, result.stdout, result.stderr], [3, "in undefined it's\n", 'e\n']);
    assert.throws(() => expectExit(result), /expected exit code 0: exit code 3/);
    const again = await runProgram('-c', { args: ['x'] }).then(explain);
    assert.match(again, /\$ .*node.* -c x/);
  });

  test('a program that does not end is killed', async () => {
    const result = await runProgram('-e', { args: ['setInterval(() => {}, 1000)'], timeoutMs: 200 });
    assert.equal(result.timedOut, true);
    assert.match(explain(result), /^timed out/);
  });

  test('a running program can be signalled', async () => {
    const running = startProgram('-e', { args: ['setInterval(() => {}, 1000); console.log("up")'] });
    await new Promise((resolve) => running.child.stdout.once('data', resolve));
    running.child.kill('SIGTERM');
    assert.equal((await running.result).signal, 'SIGTERM');
  });
});

describe('cached installs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-installs-'));
  const cache = join(folder, 'opentelemetry-instrumentation-mcp/packages');
  const ask = (spec: string): Promise<ProgramResult> => {
    const installs = join(__dirname, '../support/installs.js');
    const script = `const { packages } = require(${JSON.stringify(installs)});
      const twice = [packages([${JSON.stringify(spec)}]), packages([${JSON.stringify(spec)}])];
      Promise.all(twice).then((folders) => console.log(folders.join()), (error) => { console.error(error.message); process.exit(1); });`;
    return runProgram('-e', { args: [script], env: { XDG_CACHE_HOME: folder } });
  };

  before(() => {
    mkdirSync(join(folder, 'thing'));
    writeFileSync(join(folder, 'thing/package.json'), '{"name":"thing","version":"1.0.0"}');
  });
  after(() => rmSync(folder, { recursive: true }));

  test('two processes that ask for the same thing at once get one folder', async () => {
    const results = await Promise.all([ask(`file:${folder}/thing`), ask(`file:${folder}/thing`)]);
    const folders = results.flatMap((result) => expectExit(result).stdout.trim().split(','));
    assert.equal(folders.length, 4);
    assert.equal(new Set(folders).size, 1);
    assert.ok(existsSync(join(folders[0] ?? '', 'node_modules/thing/package.json')));
    assert.equal(readdirSync(cache).length, 1, 'nothing half-made is left');
  });

  test('a failed install is an error and leaves nothing', async () => {
    const result = await ask(`file:${folder}/no-such-thing`);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /no-such-thing/);
    assert.equal(readdirSync(cache).length, 1);
  });
});
