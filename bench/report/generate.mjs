/**
 * Writes an audit log such as a fleet of agents leaves: a day's wave, slow tools, an hour in which a server fails, a burst
 * of denials, and, when asked, lines that are broken. The same seed gives the same bytes.
 *
 *     node bench/report/generate.mjs FILE [--lines N | --mb N] [--seed N] [--users N] [--days N] [--broken 0.05] [--guide 0.1]
 *
 * Prints, as JSON, what it knows of the file: how many lines of each kind stand in it. Hashes are random digits: nothing
 * here verifies, logs of real writers do.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lines: { type: 'string' },
    mb: { type: 'string' },
    seed: { type: 'string', default: '1' },
    users: { type: 'string', default: '500' },
    days: { type: 'string', default: '1' },
    start: { type: 'string', default: '2026-11-18T00:00:00Z' },
    broken: { type: 'string', default: '0' },
    guide: { type: 'string', default: '0' },
  },
});

const [file] = positionals;
const maxLines = values.lines === undefined ? Infinity : Number(values.lines);
const maxBytes = values.mb === undefined ? Infinity : Number(values.mb) * 1_000_000;
if (file === undefined || (maxLines === Infinity && maxBytes === Infinity)) {
  console.error('usage: node bench/report/generate.mjs FILE [--lines N | --mb N]');
  process.exit(64);
}

/** Mulberry32: small, and the same everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(Number(values.seed));
const users = Number(values.users);
const span = Number(values.days) * 86_400_000;
const start = Date.parse(values.start);
/** Bytes of a line, about: the time of day goes by how much of the file is written. */
const lineBytes = 1_012 - 720 * Number(values.guide) - 250 * Number(values.broken);
const expectedLines = maxLines === Infinity ? maxBytes / lineBytes : maxLines;

const below = (limit) => Math.floor(random() * limit);
/** Few are used much: the rank of a Zipf-like choice. */
const ranked = (limit) => Math.min(limit - 1, Math.floor((limit + 1) ** random()) - 1);
const hex = (digits) => {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
};

const SERVERS = [
  'filesystem',
  'https://mcp.crm.example',
  'search',
  'https://mcp.mail.example',
  'git',
  'billing',
];
const VERBS = ['read', 'list', 'search', 'write', 'delete', 'export', 'send'];
const NOUNS = ['file', 'directory', 'issue', 'customer', 'invoice', 'mail'];
const TOOLS = VERBS.flatMap((verb, i) =>
  NOUNS.map((noun, j) => ({
    name: `${verb}_${noun}`,
    server: SERVERS[j],
    /** Median, in milliseconds. */
    latency: 8 * (i + 1) * (j + 1),
  })),
);
const AGENTS = [
  'deploy_agent',
  'support_agent',
  'research_agent',
  'sales_agent',
  'ops_agent',
  'review_agent',
];
const CHECKED =
  'server_allowlist,identity,tenant,tool_allowlist,input_size,path_traversal,url,content,circuit_breaker,rate_limit,budget';
const DENIALS = [
  { event: 'mcp_access_denied', error: 'access_denied', guard: 'tool_allowlist', reason: 'not_in_allowlist' },
  { event: 'mcp_access_denied', error: 'access_denied', guard: 'path_traversal', reason: 'escapes_root' },
  { event: 'mcp_rate_limit', error: 'rate_limited', guard: 'rate_limit', reason: 'window_full' },
  { event: 'mcp_budget_exceeded', error: 'budget_exceeded', guard: 'budget', reason: 'budget_spent' },
  { event: 'mcp_input_rejected', error: 'input_rejected', guard: 'input_size', reason: 'too_large' },
];
const ERRORS = ['tool_error', 'timeout', 'connection_closed', '-32602'];

const allowed = { action: 'allowed', checked: CHECKED, guard: 'all', verdict: 'allow' };
let call = 0;
let seq = 0;
let previous = '0'.repeat(64);

/** Keys in the order in which the writer writes them. */
function line(fields) {
  const hash = hex(64);
  const { event, call: of, time, denial, action, mode, success, outcome, error, latency, decisions } = fields;
  const record = {
    action,
    agent_name: of.agent,
    call_id: of.id,
    decisions,
    error_type: error,
    event,
    guard: denial?.guard,
    kid: '4bb06f8e',
    latency_ms: latency,
    method: of.method,
    mode,
    outcome,
    params_hash: of.params,
    policy_digest: '0123456789ab',
    prev: previous,
    reason: denial?.reason,
    req_bytes: of.bytes,
    res_bytes: outcome === 'success' ? of.bytes * 3 : undefined,
    seq: (seq += 1),
    server_id: of.server,
    span_id: of.span,
    success,
    target: of.tool,
    tenant_id: 'acme',
    timestamp: new Date(time).toISOString(),
    tool_name: of.method === 'tools/call' ? of.tool : of.method,
    trace_id: of.trace,
    user_id: of.user,
    v: 1,
    verdict: denial === undefined ? 'allow' : 'deny',
    writer: 'host-4711-9ffd74ed',
    hash,
  };
  previous = hash;
  return JSON.stringify(record);
}

/** A line as the monitoring guide shows it. */
function guideLine(of, time, success, latency) {
  return `MCP_AUDIT: {"event": "mcp_tool_call", "tool_name": "${of.tool}", "server_id": "${of.server}", "user_id": "${of.user}", "agent_name": "${of.agent}", "params_hash": "a1b2c3d4e5f6", "success": ${success}, "latency_ms": ${latency}, "timestamp": "${new Date(time).toISOString().slice(0, 19)}Z"}`;
}

function newCall() {
  const tool = TOOLS[(ranked(TOOLS.length) * 11) % TOOLS.length];
  const isTool = random() > 0.04;
  call += 1;
  return {
    tool: isTool ? tool.name : `file:///srv/data/${below(100)}.txt`,
    method: isTool ? 'tools/call' : 'resources/read',
    server: tool.server,
    median: tool.latency,
    user: `user${ranked(users)}`,
    agent: AGENTS[ranked(AGENTS.length)],
    id: `94a1163a9bbe-${call.toString(36)}`,
    params: `hmac-sha256:${hex(64)}`,
    bytes: 20 + below(400),
    span: hex(16),
    trace: hex(32),
  };
}

/** Normal, by the sum of uniforms, then lognormal; three digits as the writer rounds. */
function latencyOf(of) {
  const normal = random() + random() + random() + random() - 2;
  return Math.round(of.median * Math.exp(1.4 * normal) * 1_000) / 1_000;
}

/** The lines of one call. */
function linesOf(time, share) {
  const of = newCall();
  const latency = latencyOf(of);
  const isIncident = share > 0.6 && share < 0.63 && of.server === 'git';
  const isBurst = share > 0.8 && share < 0.82;
  const fails = random() < (isIncident ? 0.7 : 0.025);
  const error = fails ? ERRORS[ranked(ERRORS.length)] : undefined;
  const chance = random();
  const denial = chance < (isBurst ? 0.12 : 0.012) ? DENIALS[ranked(DENIALS.length)] : undefined;
  const isBlocked = denial !== undefined && random() < 0.6;
  if (denial === undefined && of.method === 'tools/call' && random() < Number(values.guide)) {
    return [guideLine(of, time, !fails, latency)];
  }
  const outcome = fails ? 'error' : 'success';
  const event = of.method === 'tools/call' ? 'mcp_tool_call' : 'mcp_request';
  const end = { call: of, time, event, outcome, success: !fails, error, latency };
  if (denial === undefined)
    return [line({ ...end, action: 'allowed', mode: 'enforce', decisions: [allowed] })];
  const action = isBlocked ? 'blocked' : 'observed';
  const mode = isBlocked ? 'enforce' : 'observe';
  const decisions = [
    { action, guard: denial.guard, mode, reason: denial.reason, stage: 'request', verdict: 'deny' },
    allowed,
  ];
  const shared = { call: of, time, event: denial.event, denial, action, mode, success: false, decisions };
  if (isBlocked) return [line({ ...shared, outcome: 'denied', error: denial.error, latency: 0 })];
  return [line(shared), line({ ...end, denial, action, mode, decisions })];
}

/** Lines that are no record, or one whose figures mean nothing; each names the kind that a reader should give it. */
const BROKEN = [
  ['torn', (text) => text.slice(0, 30 + below(text.length - 60))],
  ['torn', (text) => text.slice(-(80 + below(200)))],
  ['torn, then a record', (text) => `${text.slice(0, 30 + below(400))}${text}`],
  ['other', () => '2026-11-18 10:00:00,123 INFO agent: starting {"retries": 3}'],
  ['other', () => '{"level":"info","msg":"a log line of another library","time":1731920400}'],
  ['other', () => '\u0000\u0001\u0002 not text at all'],
  ['other', () => '['.repeat(2_000)],
  ['unknown_event', () => '{"event":"user_login","timestamp":"2026-11-18T10:00:00Z","user_id":"x"}'],
  ['unusable', (text) => text.replace(/"timestamp":"[^"]*"/, '"timestamp":"yesterday"')],
  ['unusable', (text) => text.replace(/"timestamp":"[^"]*"/, '"timestamp":"9999-12-31T23:59:59Z"')],
  ['unusable', (text) => text.replace(/"user_id":"[^"]*"/, '"user_id":{"$ne":null}')],
  ['unusable', (text) => text.replace(/"success":(?:true|false)/, '"latency_ms":"fast","success":"yes"')],
  ['unusable', (text) => text.replace(/"success":/, '"latency_ms":-1e999,"success":')],
];

const out = openSync(file, 'w');
const counts = { lines: 0, bytes: 0, records: 0, broken: 0, kinds: {} };
let pending = [];
let pendingBytes = 0;

function put(text) {
  pending.push(text);
  pendingBytes += Buffer.byteLength(text) + 1;
  counts.lines += 1;
  if (pendingBytes > 1_000_000) flush();
}

function flush() {
  if (pending.length === 0) return;
  writeSync(out, `${pending.join('\n')}\n`);
  counts.bytes += pendingBytes;
  pending = [];
  pendingBytes = 0;
}

const isFull = () => counts.lines >= maxLines || counts.bytes + pendingBytes >= maxBytes;
while (!isFull()) {
  const share = Math.min(1, counts.lines / expectedLines);
  // More by day than by night: time runs slower where more happens.
  const wave =
    share + Math.sin(share * 2 * Math.PI * Number(values.days)) / (2.5 * Math.PI * Number(values.days));
  const time = Math.round(start + wave * span);
  for (const text of linesOf(time, share)) {
    if (counts.lines >= maxLines) break;
    put(text);
    counts.records += 1;
    // Lines of the guide have no text at their end by which a piece of them could be told from other text.
    if (text.startsWith('MCP_AUDIT:')) continue;
    if (random() >= Number(values.broken) || counts.lines >= maxLines) continue;
    const [kind, make] = BROKEN[below(BROKEN.length)];
    put(make(text));
    counts.broken += 1;
    if (kind === 'torn, then a record') counts.records += 1;
    counts.kinds[kind] = (counts.kinds[kind] ?? 0) + 1;
  }
}
flush();
closeSync(out);
console.log(JSON.stringify(counts));
