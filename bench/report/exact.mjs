/**
 * The report beside Python over one generated log with broken lines: every count equal, every percentile within 1 %.
 *
 *     node bench/report/exact.mjs --lines 1000000 [--seed N]
 *
 * `totals.py` shares nothing with the report: it keeps every latency and sorts them. What the generator says that it wrote
 * is a third opinion on the lines. Prints how much was compared and the largest difference of a percentile; exits with 1
 * when something differs, and names it.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '7' } },
});

const here = (name) => new URL(name, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'bench-report-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = join(folder, 'audit.log');

function run(program, args) {
  const out = join(folder, 'out');
  const fd = openSync(out, 'w');
  const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', fd, 'pipe'], encoding: 'utf8' });
  closeSync(fd);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return JSON.parse(readFileSync(out, 'utf8'));
}

const flags = [
  '--lines',
  values.lines,
  '--seed',
  values.seed,
  '--broken',
  '0.06',
  '--guide',
  '0.1',
  '--days',
  '3',
];
const written = run(process.execPath, [here('generate.mjs'), log, ...flags]);
const command = [
  here('../../build/src/cli/main.js'),
  'report',
  log,
  '--json',
  '--top',
  '100000',
  '--fail-on',
  'none',
];
const report = run(process.execPath, command);
const python = run('python3', [here('totals.py'), log]);

const problems = [];
let counts = 0;
let percentiles = 0;
let largest = 0;

function same(what, found, expected = 0) {
  counts += 1;
  if (found !== expected) problems.push(`${what}: ${found} instead of ${expected}`);
}

function near(what, found, expected) {
  percentiles += 1;
  const difference = expected === 0 ? found : Math.abs(found - expected) / expected;
  largest = Math.max(largest, difference);
  // Figures have three digits after the point.
  if (Math.abs(found - expected) > 0.01 * expected + 0.000_5)
    problems.push(`${what}: ${found} instead of ${expected}`);
}

function figures(what, row, expected, latency) {
  for (const how of ['successful', 'failed', 'denied']) same(`${what} ${how}`, row[how], expected?.[how]);
  same(`${what} total`, row.total_calls, row.successful + row.failed + row.denied);
  if (latency === undefined) return same(`${what} without latency`, row.p50_latency_ms, null);
  for (const name of ['p50', 'p95', 'p99']) near(`${what} ${name}`, row[`${name}_latency_ms`], latency[name]);
  same(`${what} max`, row.max_latency_ms, latency.max);
  same(`${what} average`, Math.abs(row.avg_latency_ms - latency.avg) < 0.001, true);
  return undefined;
}

const { coverage, tool_call_stats: stats, security_events: security, would_be_denials } = report;
for (const name of ['lines', 'records']) {
  same(name, coverage[name], python.lines[name]);
  same(`${name} that were written`, coverage[name], written[name]);
}
for (const name of ['torn', 'unusable']) same(name, coverage.bad_lines[name], python.lines[name]);
same('foreign', coverage.foreign_lines, python.lines.foreign);
same(
  'torn that were written',
  coverage.bad_lines.torn,
  (written.kinds['torn'] ?? 0) + (written.kinds['torn, then a record'] ?? 0),
);
same('unusable that were written', coverage.bad_lines.unusable, written.kinds['unusable']);
same(
  'foreign that were written',
  coverage.foreign_lines,
  (written.kinds['other'] ?? 0) + (written.kinds['unknown_event'] ?? 0),
);
for (const event of new Set([...Object.keys(report.events), ...Object.keys(python.events)])) {
  same(event, report.events[event], python.events[event]);
}
for (const [name, { blocked, observed }] of Object.entries(security)) {
  same(`${name} blocked`, blocked, python.security[name]?.blocked);
  same(`${name} observed`, observed, python.security[name]?.observed);
}
figures('all', stats, python.named.total.all, python.latencies.total.all);
same('would be denied', would_be_denials.tool_calls, python.named.total.all.would_be_denied);
for (const [table, key] of Object.entries({
  by_tool: 'tools',
  by_user: 'users',
  by_agent: 'agents',
  by_server: 'servers',
})) {
  const { rows, folded } = report[table];
  same(`${table} folded`, folded, 0);
  // Names of which there are only denials of other requests have no calls.
  const counted = rows.filter((row) => row.total_calls + row.would_be_denied > 0);
  same(`${table} names`, counted.length, Object.keys(python.named[key]).length);
  for (const row of counted) {
    const expected = python.named[key][row.name];
    figures(`${key} ${row.name}`, row, expected, python.latencies[key][row.name]);
    same(`${key} ${row.name} would be denied`, row.would_be_denied, expected?.would_be_denied);
  }
}

const bad = coverage.bad_lines.total + coverage.foreign_lines;
console.log(
  JSON.stringify({
    lines: coverage.lines,
    bad,
    counts,
    percentiles,
    largest_percentile_difference: largest,
    problems: problems.slice(0, 20),
  }),
);
process.exitCode = problems.length === 0 ? 0 : 1;
