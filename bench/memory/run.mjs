/**
 * Memory over a million calls: heap after garbage collection at every tenth of them, of the hand-written floors and
 * of this package beside the same OpenTelemetry SDK.
 *
 *   node bench/memory/run.mjs [--calls 1000000] [--quick] [--sdk v1|v2] [--node PATH|VERSION] [--json FILE]
 *
 * Exit codes: 0 every budget holds, 1 one does not.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runChild } from '../lib/child.mjs';
import { nodeBinary, versionOf } from '../lib/node.mjs';
import { builtFile } from '../lib/paths.mjs';
import { table } from '../lib/table.mjs';
import { budget, printBudgets } from '../lib/verdicts.mjs';

const STEPS = 10;
const MB = 1e6;
/** Growth that counts as none: from a tenth of the way, when everything is compiled, to the end. */
const FLAT_MB = 0.5;
const ADDED_MB = 15;

const program = (name) => fileURLToPath(new URL(`../call/variants/${name}`, import.meta.url));
const PRELOAD = builtFile('register.js');

/** `floor` names the row that does the same by hand with the same SDK loaded. */
const ROWS = [
  { name: 'floor + inject', file: 'floor-inject.cjs' },
  { name: 'ours: client', file: 'ours-client.cjs', floor: 'floor + inject' },
  { name: 'ours: client, 100,000 users', file: 'ours-many-users.cjs', floor: 'floor + inject' },
  { name: 'floor both sides + extract', file: 'floor-both.cjs' },
  {
    name: 'ours: both sides (preload)',
    file: 'ours-both.cjs',
    preload: PRELOAD,
    floor: 'floor both sides + extract',
  },
];

function options() {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string' },
      quick: { type: 'boolean', default: false },
      sdk: { type: 'string', default: 'v1' },
      node: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const calls = Number(values.calls ?? (values.quick ? 100_000 : 1_000_000));
  return { ...values, node: nodeBinary(values.node), calls };
}

async function measure({ name, file, preload }, { node, sdk, calls }) {
  process.stderr.write(`${name}: ${calls} calls\n`);
  const flags = ['--expose-gc', ...(preload === undefined ? [] : ['--require', preload])];
  const env = {
    BENCH_SDK: sdk,
    BENCH_MODE: 'memory',
    BENCH_TOTAL: String(calls),
    BENCH_STEPS: String(STEPS),
  };
  const { heap } = await runChild({ node, flags, file: program(file), env, seconds: 1800 });
  return heap.map((step) => ({ ...step, kept: (step.heapUsed + step.external) / MB }));
}

function print(measured) {
  const first = [...measured.values()][0];
  const marks = first.filter((_, index) => index % 2 === 0);
  const head = [
    'MB after GC at calls',
    ...marks.map(({ calls }) => calls.toLocaleString('en')),
    'rss at end',
  ];
  const body = [...measured].map(([name, heap]) => [
    name,
    ...heap.filter((_, index) => index % 2 === 0).map(({ kept }) => kept.toFixed(2)),
    (heap.at(-1).rss / MB).toFixed(0),
  ]);
  process.stdout.write(`\n${table(head, body)}\n`);
}

function budgets(measured) {
  return ROWS.flatMap(({ name, floor }) => {
    const heap = measured.get(name);
    if (floor === undefined) return [];
    const added = heap.at(-1).kept - measured.get(floor).at(-1).kept;
    return [
      budget(
        `${name}: growth from the first tenth to the end`,
        heap.at(-1).kept - heap[1].kept,
        FLAT_MB,
        ' MB',
      ),
      budget(`${name}: added over ${floor}`, added, ADDED_MB, ' MB'),
    ];
  });
}

async function main() {
  const settings = options();
  const measured = new Map();
  // oxlint-disable-next-line no-await-in-loop -- one process at a time
  for (const row of ROWS) measured.set(row.name, await measure(row, settings));
  const version = versionOf(settings.node);
  process.stdout.write(`Node ${version}, SDK ${settings.sdk}: JavaScript heap and external memory\n`);
  print(measured);
  const lines = budgets(measured);
  printBudgets(lines);
  if (settings.json !== undefined) {
    const report = { node: version, sdk: settings.sdk, budgets: lines, rows: Object.fromEntries(measured) };
    writeFileSync(settings.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return lines.some(({ verdict }) => verdict === 'FAIL') ? 1 : 0;
}

process.exitCode = await main();
