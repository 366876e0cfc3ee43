/**
 * What a process pays before its first call: the preload alone, and the first use of MCP with an OpenTelemetry SDK.
 *
 *   node bench/startup/run.mjs [--runs 31] [--quick] [--node PATH|VERSION]... [--json FILE] [--seed N]
 *
 * Exit codes: 0 every budget holds, 1 one does not.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runChild } from '../lib/child.mjs';
import { nodeBinary, versionOf } from '../lib/node.mjs';
import { builtFile } from '../lib/paths.mjs';
import { startSink } from '../lib/sink.mjs';
import { median, randomFrom, shuffled, spread } from '../lib/stats.mjs';
import { table } from '../lib/table.mjs';
import { budget, printBudgets } from '../lib/verdicts.mjs';

/** Which loader a Node gets is asked of the built package itself. */
const { syncHooksAreSafe } = createRequire(import.meta.url)(builtFile('loader', 'gate.js'));

const program = (name) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));
const byRequire = ['--require', builtFile('register.js')];
const byImport = ['--import', builtFile('register.mjs')];
const emptyLoader = ['--require', program('empty-loader.cjs')];

/** `value` picks the figure that the row is about: the whole process, or the moment of the first answer. */
const whole = ({ processMs }) => processMs;
const answered = (seen) => seen.answered;

const IDLE = [
  { name: 'no MCP: bare', file: 'idle.cjs' },
  { name: 'no MCP: bare again', file: 'idle.cjs' },
  { name: 'no MCP: empty module.register loader', file: 'idle.cjs', flags: emptyLoader },
  { name: 'no MCP: ours, --require', file: 'idle.cjs', flags: byRequire },
  { name: 'no MCP: ours, --import', file: 'idle.cjs', flags: byImport },
].map((row) => ({ ...row, args: [], value: whole }));

const FIRST = ['memory', 'stdio'].flatMap((transport) =>
  [
    { name: `first call, ${transport}: bare`, file: 'first-call.cjs' },
    { name: `first call, ${transport}: NodeSDK by hand`, file: 'first-call.cjs', args: ['by-hand'] },
    { name: `first call, ${transport}: ours, own SDK`, file: 'first-call.cjs', flags: byRequire },
  ].map((row) => ({ ...row, args: [transport, ...(row.args ?? [])], value: answered })),
);

/** The row that a row's cost is added to. */
const bareOf = (name) => `${name.split(':')[0]}: bare`;

function options() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      node: { type: 'string', multiple: true },
      json: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const runs = Number(values.runs ?? (values.quick ? 7 : 31));
  const nodes = (values.node ?? [undefined]).map((wanted) => nodeBinary(wanted));
  return { ...values, runs, nodes, seed: Number(values.seed ?? process.pid) };
}

/** `cpu` is that of the whole process, all threads, up to the answer or the end of the program. */
function summary(measured) {
  return { ...spread(measured.map(({ wall }) => wall)), cpu: median(measured.map((one) => one.cpu)) };
}

/** Interleaved fresh processes: every round starts each row once, in a new order. */
async function measureAll(rows, node, { runs, seed }, sink) {
  const random = randomFrom(seed);
  const values = new Map(rows.map(({ name }) => [name, []]));
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  for (let round = 0; round < runs; round += 1) {
    process.stderr.write(`round ${round + 1} of ${runs}\r`);
    for (const { name, file, flags, args, value } of shuffled(rows, random)) {
      // oxlint-disable-next-line no-await-in-loop -- one process at a time
      const seen = await runChild({ node, flags, file: program(file), args, env });
      values.get(name).push({ wall: value(seen), cpu: seen.cpu });
    }
  }
  process.stderr.write('\n');
  return new Map([...values].map(([name, measured]) => [name, summary(measured)]));
}

function print(rows) {
  const body = [...rows].map(([name, { min, median: middle, max, cpu }]) => [
    name,
    min.toFixed(1),
    middle.toFixed(1),
    max.toFixed(1),
    (middle - rows.get(bareOf(name)).median).toFixed(1),
    cpu.toFixed(1),
    (cpu - rows.get(bareOf(name)).cpu).toFixed(1),
  ]);
  process.stdout.write(`${table(['ms', 'min', 'median', 'max', 'over bare', 'cpu', 'over bare'], body)}\n`);
}

/**
 * Lines that hold for this Node: a loader by `registerHooks` is judged in milliseconds, else against an empty one. A first
 * call is judged without what the preload alone costs, which has its line. In memory it is judged by CPU as well; over
 * stdio the wall time is what counts, since the server starts meanwhile.
 */
function budgets(rows, synchronous) {
  const added = (name, kind = 'median') => rows.get(name)[kind] - rows.get(bareOf(name))[kind];
  const empty = added('no MCP: empty module.register loader');
  const idle = ['no MCP: ours, --require', 'no MCP: ours, --import'].map((name) =>
    synchronous
      ? budget(`${name}, over bare`, added(name), 10, ' ms')
      : budget(`${name}, against an empty loader`, added(name) / empty, 1.5, 'x'),
  );
  const first = (transport, kind) => {
    const of = (who) => added(`first call, ${transport}: ${who}`, kind);
    const preload = added('no MCP: ours, --require', kind);
    const what = `first call over ${transport}, ${kind === 'cpu' ? 'CPU' : 'wall'}, against NodeSDK by hand`;
    return budget(what, (of('ours, own SDK') - preload) / of('NodeSDK by hand'), 1.15, 'x');
  };
  return [...idle, first('memory', 'median'), first('memory', 'cpu'), first('stdio', 'median')];
}

async function main() {
  const settings = options();
  const sink = await startSink();
  const reports = [];
  for (const node of settings.nodes) {
    const version = versionOf(node);
    process.stderr.write(`Node ${version}, ${settings.runs} processes per row, seed ${settings.seed}\n`);
    const synchronous = syncHooksAreSafe(version.slice(1));
    // oxlint-disable-next-line no-await-in-loop -- one process at a time
    const rows = await measureAll([...IDLE, ...FIRST], node, settings, sink);
    const lines = budgets(rows, synchronous);
    process.stdout.write(
      `\nNode ${version}, loader by ${synchronous ? 'registerHooks' : 'module.register'}\n\n`,
    );
    print(rows);
    printBudgets(lines);
    reports.push({ node: version, synchronous, budgets: lines, rows: Object.fromEntries(rows) });
  }
  sink.close();
  if (settings.json !== undefined) writeFileSync(settings.json, `${JSON.stringify(reports, null, 2)}\n`);
  return reports.some(({ budgets: lines }) => lines.some(({ verdict }) => verdict === 'FAIL')) ? 1 : 0;
}

process.exitCode = await main();
