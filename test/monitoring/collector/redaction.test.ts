/** What must not leave does not: marked secrets, in every place and form, through real Collectors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { DECISION_ATTRIBUTES, OUTCOME_ATTRIBUTE } from '../../../src/telemetry/decisions';
import { ATTR } from '../../../src/telemetry/semconv';

import { COLLECTOR_FILES, startCollector } from '../../../tools/stack/collector';
import { startJaeger } from '../../../tools/stack/jaeger';
import { component } from '../../real/support/component';
import type { ReceivedSpan } from '../../support/otlp-flatten';
import { runBusyAgent } from './support/busy-agent';
import { endAfter } from './support/ends';
import { newTraceId, sendCounter, sendLogs, sendSpans, type Given } from './support/otlp-json';
import { shipped } from './support/shipped';
import { startRig, type Rig } from './support/sink';

/** In every secret below; letters and digits only, so that it fits every form. */
const MARK = 'Q7zR9markedSecret2xW8vLpK';
/** The same for a form that has capitals only. */
const CAPITALS = 'Q7ZR9MARKED2XW8V';
const PEM = ['-----BEGIN RSA PRIVATE KEY-----', `MIIE${MARK}`, MARK, '-----END RSA PRIVATE KEY-----'].join(
  '\n',
);

/** Values that are known by their form, under keys that say nothing. */
const FORMS: Given = {
  bearer: `Bearer ${MARK}`,
  'header in text': `> Authorization: Basic ${MARK}==\n> Accept: */*`,
  jar: `Cookie: a=1; session=${MARK}\nHost: x`,
  aws: `AKIA${CAPITALS}`,
  'aws temporary': `ASIA${CAPITALS}`,
  'aws pair': `aws_access_key_id = AKIA${CAPITALS}\naws_secret_access_key = ${MARK}`,
  github: `ghp_${MARK}${MARK}`,
  'github fine-grained': `github_pat_${MARK}_${MARK}`,
  gitlab: `glpat-${MARK}`,
  slack: `xoxb-1234567890-${MARK}`,
  npm: `npm_${MARK}${MARK}`,
  openai: `sk-proj-${MARK}`,
  google: `AIza${MARK}${MARK}`,
  stripe: `sk_live_${MARK}`,
  jwt: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIi${MARK}.${MARK}`,
  pem: `key:\n${PEM}\nend`,
  'pem cut off': `-----BEGIN PRIVATE KEY-----\n${MARK}`,
  assigned: `connect failed: password=${MARK}; host=db`,
  capitals: `PASSWORD: ${MARK}`,
  'quoted, with spaces': `token='${MARK} and ${MARK}' ok`,
  json: JSON.stringify({ user: 'a', password: `${MARK}"${MARK}`, n: 1 }),
  'json in json': JSON.stringify({ arguments: JSON.stringify({ api_key: MARK, n: 1 }) }),
  'url userinfo': `GET https://user:${MARK}@host.example/path`,
  'url userinfo with @': `postgres://user:p@${MARK}@db.example:5432/x`,
  'url query': `https://host.example/x?access_token=${MARK}&page=2`,
  list: ['fine', `secret=${MARK}`],
  'map in a list': [{ deep: { client_secret: MARK } }],
};

/** Keys whose values go whatever they look like. */
const KEYS: Given = {
  password: MARK,
  'db.password': MARK,
  'http.request.header.authorization': [MARK],
  'http.response.header.set-cookie': [MARK],
  access_token: MARK,
  sessionToken: MARK,
  apiKey: MARK,
  'x-api-key': MARK,
  'aws.access.key': 'fine',
  private_key: `line\n${MARK}\nline`,
  credentials: { user: 'a', value: MARK },
};

/** Content: goes although no pattern knows it. */
const CONTENT: Given = {
  [ATTR.TOOL_ARGUMENTS]: `{"note":"${MARK}"}`,
  [ATTR.TOOL_RESULT]: `{"note":"${MARK}"}`,
  [`${ATTR.PROMPT_VARIABLE}name`]: MARK,
  'gen_ai.input.messages': `[{"content":"${MARK}"}]`,
  'process.command_args': ['node', 'agent.js', '--key', MARK],
};

const SECRETS: Given = { ...FORMS, ...KEYS, ...CONTENT };

/** What stays, exactly as it is. */
const HARMLESS: Given = {
  'gen_ai.usage.input_tokens': 12,
  'gen_ai.token.type': 'input',
  'gen_ai.request.max_tokens': 4096,
  text: 'max_tokens=100, the secretary passed a basic authentication test with 3 tokens',
  'mcp.resource.uri': 'file:///home/a/b.txt',
  package: 'https://unpkg.example/@scope/package@1.2.3/index.js',
  mail: 'mailto:someone@host.example',
  digest: 'a3f5'.repeat(16),
  flag: true,
  ratio: 0.5,
  list: ['a', 1],
  map: { a: { b: 'c' } },
};

/** Secrets in every place that a processor of the Collector reaches; as many spans and logs as it says. */
const SENT = { spans: 2, logs: 4 };
async function sendEverything({ otlpUrl }: { otlpUrl: string }, takesMetrics = true): Promise<void> {
  const attributes = SECRETS;
  const resource = { 'service.name': 'leaky', 'service.instance.id': 'one', ...attributes };
  const text = Object.values(FORMS).filter((one) => typeof one === 'string');
  await sendSpans(
    otlpUrl,
    [
      {
        name: `tools/call token=${MARK}`,
        attributes,
        events: [{ name: 'exception', attributes }],
        error: `denied: password=${MARK}`,
      },
      { name: 'tools/call read_file', attributes: HARMLESS, error: 'no such file' },
    ],
    { resource, scope: attributes },
  );
  await sendLogs(
    otlpUrl,
    [
      { body: text.join('\n'), attributes },
      { body: { ...attributes, deep: { deeper: attributes }, harmless: HARMLESS } },
      { body: ['fine', `token: ${MARK}`, { password: MARK }] },
      { body: { content: MARK }, eventName: 'gen_ai.user.message' },
    ],
    resource,
  );
  if (takesMetrics) await sendCounter(otlpUrl, 'leaky', 1, { ...FORMS, ...KEYS }, resource);
}

const spansAndLogs = ({ backend }: Pick<Rig, 'backend'>): string =>
  JSON.stringify([backend.spans, backend.logs], (_, one: unknown) =>
    typeof one === 'bigint' ? String(one) : one,
  );

async function arrived({ backend }: Rig): Promise<string> {
  await backend.waitFor(({ spans, logs }) => spans.length >= SENT.spans && logs.length >= SENT.logs, 15_000);
  assert.deepEqual(backend.failures, []);
  return spansAndLogs({ backend });
}

/** The places at which the mark is found, for a message that can be read. */
function leaks(text: string): string[] {
  return [...text.matchAll(new RegExp(`.{0,60}(?:${MARK}|${CAPITALS})`, 'gs'))].map(([found]) => found);
}

for (const file of ['collector.yaml', 'collector-gateway-agent.yaml', 'collector-gateway.yaml']) {
  void test(`${file}: no secret passes, in no place and no form`, async (context) => {
    const rig = await startRig(context, { config: ['redaction.yaml', file] });
    if (rig === undefined) return;
    await sendEverything(rig.collector, file !== 'collector-gateway.yaml');
    assert.deepEqual(leaks(await arrived(rig)), []);
    const metrics = await (await fetch(rig.collector.metricsUrl)).text();
    assert.deepEqual(leaks(metrics), []);
    assert.deepEqual(leaks(rig.collector.log), [], 'not in its own log either');
  });
}

void test('what is harmless stays as it is, and what is masked keeps the rest of its text', async (context) => {
  const rig = await startRig(context, {});
  if (rig === undefined) return;
  await sendEverything(rig.collector);
  await arrived(rig);
  const { spans, logs } = rig.backend;
  const harmless = spans.find(({ name }) => name === 'tools/call read_file');
  assert.deepEqual(harmless?.attributes, HARMLESS);
  assert.deepEqual(harmless?.status, { code: 'ERROR', message: 'no such file' });
  const leaky = spans.find(({ name }) => name === 'tools/call ****');
  assert.equal(leaky?.status.message, 'denied: ****');
  assert.equal(leaky?.attributes['url userinfo'], 'GET https:****host.example/path');
  assert.equal(leaky?.attributes['url query'], 'https://host.example/x?access_****&page=2');
  assert.equal(leaky?.attributes['assigned'], 'connect failed: ****; host=db');
  assert.equal(leaky?.attributes['pem'], 'key:\n****\nend');
  assert.deepEqual(Object.keys(leaky?.attributes ?? {}), Object.keys(SECRETS), 'no key comes or goes');
  const body = logs[1]?.body as { harmless: unknown };
  assert.deepEqual(body.harmless, HARMLESS);
});

void test('a real Jaeger and the log file hold no secret', async (context) => {
  const jaeger = await component(context, () => startJaeger());
  if (jaeger === undefined) return;
  endAfter(context, jaeger);
  const storage = await mkdtemp(join(tmpdir(), 'redaction-'));
  context.after(() => rm(storage, { recursive: true, force: true }));
  const env = { MCP_JAEGER_OTLP_ENDPOINT: jaeger.otlpUrl };
  const collector = await component(context, () => startCollector({ env, storage }));
  if (collector === undefined) return;
  endAfter(context, collector);
  await sendEverything(collector);
  await collector.eventually(
    'Jaeger has the spans',
    async () => (await jaeger.traces({ service: 'leaky' })).length === 2,
  );
  const traces = JSON.stringify(await jaeger.traces({ service: 'leaky' }));
  assert.match(traces, /tools\/call \*\*\*\*/);
  assert.deepEqual(leaks(traces), []);
  const file = join(storage, 'logs/agents.jsonl');
  await collector.eventually('the file has the logs', () =>
    readFileSync(file, 'utf8').includes('gen_ai.user.message'),
  );
  assert.deepEqual(leaks(readFileSync(file, 'utf8')), []);
});

void test('control: without the processors every secret arrives', async (context) => {
  const { service } = shipped('collector.yaml').config;
  const pipelines = Object.fromEntries(
    Object.keys(service?.pipelines ?? {})
      .filter((name) => name === 'traces' || name === 'logs')
      .map((name) => [name, { processors: ['memory_limiter'] }]),
  );
  const bare = `${JSON.stringify({ service: { pipelines } })}\n`;
  const rig = await startRig(context, { config: [...COLLECTOR_FILES, bare] });
  if (rig === undefined) return;
  await sendEverything(rig.collector);
  await arrived(rig);
  const leaky = rig.backend.spans.find(({ name }) => name.includes(MARK));
  const silent = Object.entries(leaky?.attributes ?? {}).filter(
    ([, one]) => leaks(JSON.stringify(one)).length === 0,
  );
  assert.deepEqual(
    silent.map(([key]) => key),
    ['aws.access.key'],
    'every form holds the mark',
  );
});

void test('MCP_CONTENT=keep lets content pass, but for the secrets in it', async (context) => {
  const rig = await startRig(context, { env: { MCP_CONTENT: 'keep' } });
  if (rig === undefined) return;
  const attributes = {
    [ATTR.TOOL_ARGUMENTS]: JSON.stringify({ path: '/a', password: MARK }),
    [`${ATTR.PROMPT_VARIABLE}x`]: 'content',
  };
  await sendSpans(rig.collector.otlpUrl, [{ name: 'tools/call a', attributes }]);
  await sendLogs(rig.collector.otlpUrl, [{ body: { content: 'hello' }, eventName: 'gen_ai.user.message' }]);
  await rig.backend.waitFor(({ spans, logs }) => spans.length === 1 && logs.length === 1, 15_000);
  assert.deepEqual(rig.backend.spans[0]?.attributes, {
    [ATTR.TOOL_ARGUMENTS]: '{"path":"/a","****}',
    [`${ATTR.PROMPT_VARIABLE}x`]: 'content',
  });
  assert.deepEqual(rig.backend.logs[0]?.body, { content: 'hello' });
});

void test('an agent that captures content: it stays on the host, and with MCP_CONTENT=keep its secrets do', async (context) => {
  for (const keep of [false, true]) {
    const rig = await startRig(context, { env: keep ? { MCP_CONTENT: 'keep' } : {} });
    if (rig === undefined) return;
    await runBusyAgent(context, {
      service: 'talkative',
      counts: { plain: 2, failing: 1 },
      otlpUrl: rig.collector.otlpUrl,
      env: {
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
        MESSAGE: `call the customer, password=${MARK}`,
      },
    });
    const calls = (): ReceivedSpan[] => rig.backend.spans.filter(({ name }) => name === 'tools/call echo');
    await rig.backend.waitFor(() => calls().length === 4, 15_000);
    const shown = keep ? '{"message":"call the customer, ****"}' : '****';
    for (const { attributes } of calls()) assert.equal(attributes[ATTR.TOOL_ARGUMENTS], shown);
    assert.deepEqual(leaks(spansAndLogs(rig)), []);
  }
});

void test('no attribute of this package is masked by its key, but for content', async (context) => {
  const rig = await startRig(context, {});
  if (rig === undefined) return;
  const keys = [...Object.values(ATTR), ...Object.keys(DECISION_ATTRIBUTES), OUTCOME_ATTRIBUTE];
  await sendSpans(rig.collector.otlpUrl, [
    { name: 'all', attributes: Object.fromEntries(keys.map((key) => [key, 'value'])) },
  ]);
  await rig.backend.waitFor(({ spans }) => spans.length === 1, 15_000);
  const masked = Object.entries(rig.backend.spans[0]?.attributes ?? {}).filter(([, one]) => one !== 'value');
  assert.deepEqual(
    masked.map(([key]) => key).toSorted((a, b) => a.localeCompare(b)),
    [ATTR.PROMPT_VARIABLE, ATTR.TOOL_ARGUMENTS, ATTR.TOOL_RESULT].toSorted((a, b) => a.localeCompare(b)),
  );
});

void test('what redaction.yaml says it does not reach is what it does not reach', async (context) => {
  const rig = await startRig(context, {});
  if (rig === undefined) return;
  const traceId = newTraceId();
  await sendSpans(rig.collector.otlpUrl, [
    {
      name: 'a',
      traceId,
      links: [{ attributes: { password: MARK } }],
      events: [{ name: `token=${MARK}` }],
      attributes: { text: Buffer.from(`password=${MARK}`).toString('base64') },
    },
  ]);
  await rig.backend.waitFor(({ spans }) => spans.length === 1, 15_000);
  const [span] = rig.backend.spans;
  assert.equal(span?.links[0]?.attributes['password'], MARK);
  assert.equal(span?.events[0]?.name, `token=${MARK}`);
  assert.match(
    shipped('redaction.yaml').header,
    /Not covered.*attributes of span links, names of span events.*base64/s,
  );
});

void test('a pattern takes time in proportion to the text', async (context) => {
  const rig = await startRig(context, {});
  if (rig === undefined) return;
  // What makes backtracking engines slow: near misses without end.
  const near = [
    'password'.repeat(4_000),
    `"token":"${'\\"'.repeat(16_000)}`,
    `${'a'.repeat(32_000)}@`,
    'eyJ'.repeat(10_000),
  ];
  const began = performance.now();
  await sendSpans(
    rig.collector.otlpUrl,
    near.map((text, index) => ({ name: `near ${index}`, attributes: { text } })),
  );
  await rig.backend.waitFor(({ spans }) => spans.length === near.length, 15_000);
  assert.ok(performance.now() - began < 10_000);
});

void test('patterns stand in one file only', () => {
  const { processors } = parse(shipped('redaction.yaml').text) as {
    processors: Record<string, Record<string, string[]>>;
  };
  const patterns = [
    ...(processors['redaction']?.['blocked_values'] ?? []),
    ...(processors['redaction']?.['blocked_key_patterns'] ?? []),
  ];
  assert.ok(patterns.length > 10);
  for (const file of [
    'collector.yaml',
    'collector-audit.yaml',
    'collector-gateway-agent.yaml',
    'collector-gateway.yaml',
  ]) {
    for (const pattern of patterns) assert.ok(!shipped(file).text.includes(pattern), `${file}: ${pattern}`);
  }
});
