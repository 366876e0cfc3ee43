/**
 * An agent with several users and servers, among them users who ask for what they may not have. What it sends and gets
 * is real; its users' wishes are drawn from a seeded generator.
 *
 * First every kind of wish once, so that every kind of metric has a value; then it says `ready`. With `--pace` it then
 * goes on with one wish after the other, about that many milliseconds apart, until it is ended. SIGUSR2 makes the reports'
 * server slow and one user curious, for as many seconds as `--incident` says, and lets in a crowd of visitors.
 *
 * By hand, in the root of the repository, built:
 *
 *   mkdir -p /tmp/notes /tmp/audit && echo '- call Lisbon' > /tmp/notes/today.md
 *   NOTES_FOLDER=/tmp/notes AUDIT_FOLDER=/tmp/audit CRM_PORT=3001 MCP_GUARD_POLICY=tools/preview/programs/policy.yaml \
 *     OTEL_TRACES_EXPORTER=none OTEL_METRICS_EXPORTER=prometheus \
 *     node --require ./build/src/register.js tools/preview/programs/busy-agent.mjs --pace 200
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { withMcpContext } from 'opentelemetry-instrumentation-mcp';

const { values: options } = parseArgs({
  options: {
    pace: { type: 'string' },
    seed: { type: 'string', default: '1' },
    incident: { type: 'string', default: '60' },
  },
});
const { resolve: fileOf } = createRequire(import.meta.url);
const FILES = fileOf('@modelcontextprotocol/server-filesystem/dist/index.js');
const EVERYTHING = fileOf('@modelcontextprotocol/server-everything/dist/index.js');
const BROKEN = fileURLToPath(new URL('broken-server.mjs', import.meta.url));
const GUARDED = fileURLToPath(new URL('guarded-server.mjs', import.meta.url));
const notes = process.env.NOTES_FOLDER;
const crm = process.env.CRM_PORT;

/** A generator with a state of 32 bits (mulberry32), so that two runs differ only in time. */
let state = Number(options.seed);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}
const oneOf = (list) => list[Math.floor(random() * list.length)];
/** Most are short, some are long: seconds. */
const someDuration = (median, spread) => median * Math.exp(spread * (random() + random() + random() - 1.5));

async function connect(...args) {
  const client = new Client({ name: 'busy-agent', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  return client;
}

const issuer = `http://127.0.0.1:${crm}`;

/** Of somebody whose access token has expired. */
const tokensOf = (refreshToken) => ({
  redirectUrl: 'http://127.0.0.1:1/callback',
  clientMetadata: { redirect_uris: ['http://127.0.0.1:1/callback'] },
  saved: { access_token: 'expired', refresh_token: refreshToken, token_type: 'bearer', issuer },
  clientInformation: () => ({ client_id: 'busy-agent', issuer }),
  tokens() {
    return this.saved;
  },
  saveTokens(tokens) {
    this.saved = tokens;
  },
  redirectToAuthorization: () => undefined,
  saveCodeVerifier: () => undefined,
  codeVerifier: () => 'verifier',
});

async function logIn(transportOptions) {
  const client = new Client({ name: 'busy-agent', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', issuer), transportOptions));
  return client;
}
const forget = () => logIn({ requestInit: { headers: { authorization: 'Bearer forgotten' } } });

async function customers(times) {
  const client = await logIn({ authProvider: tokensOf('good') });
  for (let time = 0; time < times; time++) await call(client, 'customer', {});
  await client.close();
}

const crmServer = spawn(process.execPath, [GUARDED, crm], { stdio: ['pipe', 'pipe', 'ignore'] });
await once(crmServer.stdout, 'data');
const files = await connect(FILES, notes);
const search = await connect(EVERYTHING, 'stdio', 'search');
const reports = await connect(EVERYTHING, 'stdio', 'reports');
let reportsAreSlow = false;

const call = (client, name, args, requestOptions) =>
  client.callTool({ name, arguments: args }, undefined, requestOptions);
const takes = (client, seconds, requestOptions) =>
  call(client, 'trigger-long-running-operation', { duration: seconds, steps: 1 }, requestOptions);
const report = () => takes(reports, reportsAreSlow ? 1.2 : someDuration(0.12, 1.2));
const nested = (depth) => (depth === 0 ? 'here' : { deeper: nested(depth - 1) });

/** What the users of such an agent want, and how often. */
const ORDINARY = [
  [20, () => call(search, 'echo', { message: 'hello' })],
  [16, () => call(search, 'get-sum', { a: 1, b: 2 })],
  [10, () => call(search, 'get-structured-content', { location: oneOf(['Chicago', 'New York']) })],
  [14, () => takes(search, someDuration(0.06, 1.6))],
  [9, () => report()],
  [14, () => call(files, 'read_text_file', { path: join(notes, 'today.md') })],
  [8, () => call(files, 'list_directory', { path: notes })],
  [3, () => customers(1)],
];

/** What goes wrong now and then. */
const WRONG = [
  [4, () => call(search, 'get-sum', { a: 1, b: 'two' })],
  [4, () => call(files, 'read_text_file', { path: join(notes, 'gone.md') })],
  [1, () => takes(search, 0.5, { signal: AbortSignal.timeout(100) })],
  [1, () => connect(BROKEN)],
  [1, () => forget()],
];

const write = () => call(files, 'write_file', { path: join(notes, 'new.md'), content: 'x' });

/** What guards deny, or would deny. */
const DENIED = [
  [6, () => call(files, 'read_text_file', { path: `${notes}/../../etc/passwd` })],
  [3, write],
  [4, () => call(search, 'get-resource-links', { count: 2 })],
  [4, () => call(search, 'get-env', {})],
  [3, () => call(search, 'echo', { message: 'hello', url: 'http://169.254.169.254/latest' })],
  [2, () => call(search, 'echo', { message: 'hidden\u{e0049}\u{e0067}' })],
  [2, () => call(search, 'echo', { message: 'card 4111 1111 1111 1111' })],
  [1, () => call(search, 'echo', { message: 'hello', of: nested(12) })],
  [1, () => call(search, 'echo', { message: 'x'.repeat(300_000) })],
  [4, () => call(reports, 'get-tiny-image', {})],
  [1, () => connect(EVERYTHING)],
];

/** Who is curious also tries to log in, and to write. */
const CURIOUS = [...DENIED, [12, forget], [8, write]];

const USERS = ['alice', 'alice', 'alice', 'bob', 'bob', 'carol', 'dave', 'erin'];

function drawn(wishes) {
  let left = random() * wishes.reduce((sum, [weight]) => sum + weight, 0);
  return wishes.find(([weight]) => (left -= weight) < 0)[1];
}

const swallow = () => undefined;
const as = (userId, wish) => withMcpContext({ userId, tenantId: 'acme' }, () => wish().catch(swallow));
const times = (count, wish) => Promise.all(Array.from({ length: count }, wish));

/** Every kind of wish once; limits are run into, the breaker is opened. */
async function everyKind() {
  // One that is slow by the guide's measure, meanwhile.
  void as('erin', () => takes(search, 1.2));
  for (const [, wish] of [...ORDINARY, ...WRONG, ...DENIED]) await as('alice', wish);
  // Nobody in particular.
  await call(search, 'echo', { message: 'hello' }).catch(swallow);
  await as('bob', () => times(27, () => call(search, 'get-sum', { a: 1, b: 2 })));
  await as('bob', () => times(17, () => call(search, 'echo', { message: 'hello' })));
  for (let count = 0; count < 6; count++) await as('carol', () => call(reports, 'get-tiny-image', {}));
  await as('carol', () => times(42, () => call(files, 'list_directory', { path: notes })));
  for (let count = 0; count < 4; count++) await as('dave', () => takes(reports, 1.2));
  // What a monitor looks for: a brute force, an escalation, much sensitive data, and that sent elsewhere.
  for (let count = 0; count < 5; count++) await as('mallory', forget);
  for (let count = 0; count < 3; count++) await as('mallory', write);
  await as('erin', () => customers(10));
  await as('erin', () => call(search, 'echo', { message: 'hello' }));
}

async function oneWish() {
  if (reportsAreSlow && random() < 0.5) {
    const curious = random() < 0.35;
    return curious ? as('mallory', drawn(CURIOUS)) : as(oneOf(USERS), report);
  }
  const kind = random();
  if (kind < 0.94) return as(oneOf(USERS), drawn(ORDINARY));
  return as(oneOf(USERS), drawn(kind < 0.975 ? WRONG : DENIED));
}

/** More users than a label may have values, in the first half of an incident. */
const VISITORS = 230;
async function visitors() {
  for (let number = 1; number <= VISITORS; number++) {
    void as(`visitor-${number}`, () => call(search, 'echo', { message: 'hello' }));
    await pause((Number(options.incident) * 500) / VISITORS);
  }
}

process.on('SIGUSR2', () => {
  reportsAreSlow = true;
  void visitors();
  setTimeout(() => (reportsAreSlow = false), Number(options.incident) * 1000);
});
process.on('SIGTERM', () => process.exit(0));

await everyKind();
console.log('ready');
for (;;) {
  if (options.pace !== undefined) void oneWish();
  await pause(options.pace === undefined ? 1000 : Number(options.pace) * (0.3 + 1.4 * random()));
}
