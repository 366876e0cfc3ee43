/**
 * What the search for bundled copies of the SDK costs large programs: their start-up under the preload with the search,
 * without it (`OTEL_MCP_BUNDLES=off`) and bare. The programs' packages are installed once into the cache folder.
 *
 *   node bench/scan/run.mjs [--runs 15] [--quick] [--node PATH|VERSION]... [--only NAME]... [--json FILE] [--seed N]
 *
 * Exit codes: 0 every budget holds, 1 one does not, 3 one could not be judged because the machine was too busy.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runChild } from '../lib/child.mjs';
import { install } from '../lib/install.mjs';
import { nodeBinary, versionOf } from '../lib/node.mjs';
import { builtFile, cacheFolder } from '../lib/paths.mjs';
import { randomFrom, shuffled, spread } from '../lib/stats.mjs';
import { table } from '../lib/table.mjs';
import { budget, printBudgets } from '../lib/verdicts.mjs';

const { syncHooksAreSafe } = createRequire(import.meta.url)(builtFile('loader', 'gate.js'));

/** Of a program's start-up. */
const LIMIT = 1.05;

const PROGRAMS = JSON.parse(readFileSync(new URL('programs.json', import.meta.url), 'utf8'));

const preload = ['--require', builtFile('register.js')];
const emptyLoader = [
  '--require',
  fileURLToPath(new URL('../startup/programs/empty-loader.cjs', import.meta.url)),
];
const off = { OTEL_MCP_BUNDLES: 'off' };

/** On a Node where this package needs `module.register`, a loader that does nothing shows what that alone costs. */
const rowsOf = (synchronous) => ({
  bare: {},
  ...(synchronous ? {} : { 'empty module.register loader': { flags: emptyLoader } }),
  'search off': { flags: preload, env: off },
  'search off again': { flags: preload, env: off },
  'search on': { flags: preload },
});

function options() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      node: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const runs = Number(values.runs ?? (values.quick ? 5 : 15));
  const nodes = (values.node ?? [undefined]).map((wanted) => nodeBinary(wanted));
  const programs = PROGRAMS.filter(({ file }) => values.only?.includes(parse(file).name) ?? true);
  return { ...values, runs, nodes, programs, seed: Number(values.seed ?? process.pid) };
}

/** A program is copied beside its packages, so that it finds them as any program does. @returns its path */
function placed({ file, packages }) {
  const [first] = Object.entries(packages);
  const folder = cacheFolder('bench-scan', `${parse(file).name}-${first[1]}`);
  const wanted = { folder, name: parse(file).name, dependencies: packages, flags: ['--ignore-scripts'] };
  if (!install(wanted)) throw new Error(`the packages of ${file} could not be installed`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(fileURLToPath(new URL(`programs/${file}`, import.meta.url)), join(folder, file));
  return join(folder, file);
}

const summary = (all) => ({
  wall: spread(all.map(({ ready }) => ready)),
  cpu: spread(all.map(({ cpu }) => cpu)),
});

/** Interleaved fresh processes: every round starts each row once, in a new order. */
async function measure(file, node, rows, { runs, seed }) {
  const random = randomFrom(seed);
  const seen = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  // Once without counting: the files are then in the operating system's cache.
  await runChild({ node, file });
  for (let round = 0; round < runs; round += 1) {
    process.stderr.write(`${parse(file).name}: round ${round + 1} of ${runs}\r`);
    for (const name of shuffled(Object.keys(rows), random)) {
      // oxlint-disable-next-line no-await-in-loop -- one process at a time
      seen[name].push(await runChild({ node, file, ...rows[name] }));
    }
  }
  process.stderr.write('\n');
  return Object.fromEntries(Object.entries(seen).map(([name, all]) => [name, summary(all)]));
}

/** Wall time, and CPU of all threads: on Node 20 a thread of its own searches ES modules. */
const FIGURES = ['wall', 'cpu'].flatMap((kind) => ['min', 'median'].map((of) => ({ kind, of })));

/** A row's figure over that of both rows without the search. */
function ratio(rows, name, { kind, of }) {
  const without = (rows['search off'][kind][of] + rows['search off again'][kind][of]) / 2;
  return rows[name][kind][of] / without;
}

function print(rows) {
  const body = Object.entries(rows).map(([name, row]) => [
    name,
    ...FIGURES.map(({ kind, of }) => row[kind][of].toFixed(1)),
    ...FIGURES.map((figure) => ratio(rows, name, figure).toFixed(3)),
  ]);
  const heads = FIGURES.map(({ kind, of }) => `${kind} ${of}`);
  const head = ['ms until loaded', ...heads, ...heads.map((text) => `${text}/off`)];
  process.stdout.write(`${table(head, body)}\n`);
}

/** Where the same program twice differs by more than this, the machine was too busy for a verdict. */
const SAME = 0.03;

/** The smallest figures are judged: what else runs on the machine only adds to them. */
function budgets(name, rows) {
  return ['wall', 'cpu'].map((kind) => {
    const what = `${name}, search on against off, ${kind}`;
    const counts = Math.abs(rows['search off again'][kind].min / rows['search off'][kind].min - 1) <= SAME;
    const measured = counts ? ratio(rows, 'search on', { kind, of: 'min' }) : undefined;
    return budget(what, measured, LIMIT, 'x');
  });
}

async function main() {
  const settings = options();
  const files = settings.programs.map((program) => ({ ...program, path: placed(program) }));
  const reports = [];
  const verdicts = [];
  for (const node of settings.nodes) {
    const version = versionOf(node);
    const synchronous = syncHooksAreSafe(version.slice(1));
    const loader = synchronous ? 'registerHooks' : 'module.register';
    process.stdout.write(`\nNode ${version}, loader by ${loader}, ${settings.runs} processes per row\n`);
    const lines = [];
    for (const { file, path, copies } of files) {
      const { name } = parse(file);
      // oxlint-disable-next-line no-await-in-loop -- one process at a time
      const rows = await measure(path, node, rowsOf(synchronous), settings);
      process.stdout.write(`\n${name}\n`);
      print(rows);
      // What is found is instrumented, which is no cost of the search: such a program has no budget here.
      if (copies === undefined) lines.push(...budgets(name, rows));
      reports.push({ node: version, loader, program: name, rows });
    }
    printBudgets(lines);
    verdicts.push(...lines.map(({ verdict }) => verdict));
  }
  if (settings.json !== undefined) writeFileSync(settings.json, `${JSON.stringify(reports, null, 2)}\n`);
  if (verdicts.includes('FAIL')) return 1;
  return verdicts.includes('not measured') ? 3 : 0;
}

process.exitCode = await main();
