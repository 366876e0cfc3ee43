/**
 * `npm run demo:guards`: one agent, one policy, twice. Observing, every call goes through and the audit log says what
 * would have been denied; enforcing, that is denied.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PRELOAD } from './demo/programs.mjs';
import { bold, column, dim, green, heading, print, red } from './demo/terminal.mjs';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const AGENT = pathOf('guarded-agent.mjs');
const POLICY = pathOf('policies/guarded-agent.yaml');

/** The agent's process under the preload, for the user maria, without telemetry: guards and audit do not need it. */
function run(folder, mode) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL_|MCP_|NODE_OPTIONS$)/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    OTEL_MCP_SDK: 'off',
    MCP_USER_ID: 'maria',
    NOTES_FOLDER: join(folder, 'notes'),
    MCP_FILESYSTEM_SAFE_ROOT: join(folder, 'notes'),
    MCP_GUARD_POLICY: join(folder, 'policy.yaml'),
    MCP_GUARD_MODE: mode,
  };
  const options = { env, encoding: 'utf8', timeout: 60_000 };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', PRELOAD, AGENT], options);
  if (status !== 0 || stderr !== '') throw new Error(`the agent ended with ${status}\n${stderr}`);
  return stdout.trimEnd().split('\n');
}

/** Records of the audit log, in the order in which they were written; the log is taken away. */
function takeAuditLog(folder) {
  const audit = join(folder, 'audit');
  const lines = readdirSync(audit).flatMap((name) =>
    readFileSync(join(audit, name), 'utf8').trim().split('\n'),
  );
  rmSync(audit, { recursive: true });
  return lines.map((line) => JSON.parse(line));
}

const CALL_EVENTS = new Set(['mcp_tool_call', 'mcp_request']);

function printDenials(denials, word) {
  for (const { event, tool_name: tool, guard, reason } of denials) {
    print(`  ${red(column(word, 11))}${column(event, 20)}${column(tool, 24)}${column(guard, 17)}${reason}`);
  }
}

/** Runs the agent; prints what it says, and what the audit log says was denied, or would have been. */
function show(title, folder, mode, action, word) {
  heading(title);
  for (const line of run(folder, mode)) print(`  ${line.includes('denied by') ? red(line) : line}`);
  const records = takeAuditLog(folder);
  const denials = records.filter((record) => record.action === action && !CALL_EVENTS.has(record.event));
  print(dim(`  ${records.length} lines in the audit log, among them`));
  printDenials(denials, word);
  // A call to a server that observing does not keep from connecting is one more of the same.
  return [...new Set(denials.map(({ guard, reason }) => `${guard} ${reason}`))];
}

function demo(folder) {
  mkdirSync(join(folder, 'notes'));
  writeFileSync(join(folder, 'notes/today.md'), '- call Lisbon\n');
  // Not with the modes of a clone: a policy that others can write is a warning.
  writeFileSync(join(folder, 'policy.yaml'), readFileSync(POLICY), { mode: 0o600 });
  print(bold('An unchanged agent under examples/policies/guarded-agent.yaml'));
  const predicted = show('1/2  Observing: nothing is denied', folder, 'observe', 'observed', 'would deny');
  const denied = show('2/2  Enforcing', folder, 'enforce', 'blocked', 'denied');
  const isAsPredicted = JSON.stringify(predicted) === JSON.stringify(denied);
  print();
  print(
    isAsPredicted
      ? green('✓ what was denied is what observing had foretold')
      : red('✗ observing had foretold something else'),
  );
  if (!isAsPredicted || denied.length === 0) process.exitCode = 1;
}

if (!existsSync(PRELOAD)) {
  process.stderr.write('The package is not built yet: npm run build\n');
  process.exit(1);
}
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'guarded-agent-')));
try {
  demo(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
