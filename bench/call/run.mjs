/**
 * Cost of one tool call: CPU, wall time and allocated bytes, of every row in `variants.mjs`.
 *
 *   node bench/call/run.mjs [--sdk v1|v2] [--runs 7] [--quick] [--only NAME]... [--no-peers] [--node PATH|VERSION]
 *                           [--json FILE] [--seed N]
 *
 * Exit codes: 0 every budget holds, 1 a budget or a row failed, 3 the A/A row says that the run does not count.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runChild } from '../lib/child.mjs';
import { nodeBinary, versionOf } from '../lib/node.mjs';
import { builtFile } from '../lib/paths.mjs';
import { startSink } from '../lib/sink.mjs';
import { median, randomFrom, shuffled } from '../lib/stats.mjs';
import { printBudgets } from '../lib/verdicts.mjs';
import { complaint } from './check.mjs';
import { baseline, budgets, printNotes, printTable, summarize } from './report.mjs';
import { BARE, BARE_AGAIN, folderOfPeer, programOf, VARIANTS, versionOfPeer } from './variants.mjs';

/** Bytes reproduce within a per cent, so fewer processes do. */
const BYTES_RUNS = 2;
const EXIT = { ok: 0, failed: 1, restless: 3 };

function options() {
  const { values } = parseArgs({
    options: {
      sdk: { type: 'string', default: 'v1' },
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      'no-peers': { type: 'boolean', default: false },
      node: { type: 'string' },
      json: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const seed = Number(values.seed ?? process.pid);
  const runs = Number(values.runs ?? (values.quick ? 3 : 7));
  return { ...values, node: nodeBinary(values.node), seed, runs };
}

const say = (text) => process.stderr.write(`${text}\n`);

/** The rows to run; every row that is left out is named. */
function chosen({ sdk, only, 'no-peers': noPeers }) {
  const wanted = (name) =>
    only.length === 0 || name.startsWith(BARE) || only.some((part) => name.includes(part));
  return VARIANTS.filter((variant) => {
    if (!wanted(variant.name) || (noPeers && variant.peer !== undefined)) return false;
    if (variant.sdk !== undefined && variant.sdk !== sdk) {
      say(`left out: ${variant.name}: knows SDK ${variant.sdk} only`);
      return false;
    }
    if (variant.peer !== undefined && folderOfPeer(variant) === undefined) {
      say(
        `left out: ${variant.name}: ${variant.peer} ${versionOfPeer(variant)} is not installed (npm run bench:peers)`,
      );
      return false;
    }
    return true;
  });
}

/** One process of one row: adds to its samples, or notes why the row cannot be shown. */
async function sample(variant, settings, sink, mode, { samples, failures, facts }) {
  if (failures.has(variant.name)) return;
  try {
    const seen = await runChild(programOf(variant, settings, sink, mode));
    const wrong = complaint(variant, seen.facts);
    if (wrong !== undefined) throw new Error(wrong);
    const row = samples.get(variant.name);
    for (const key of ['cpu', 'wall', 'bytes']) if (seen[key] !== undefined) row[key].push(median(seen[key]));
    facts.set(variant.name, seen.facts);
  } catch (error) {
    failures.set(variant.name, error.message);
    samples.delete(variant.name);
    say(`row failed: ${variant.name}: ${error.message}`);
  }
}

/** Every round runs each row once, in a new order; the two bare rows run three times, since all is divided by them. */
/* oxlint-disable no-await-in-loop -- one process at a time */
async function measureAll(variants, settings, sink) {
  const random = randomFrom(settings.seed);
  const bare = variants.filter(({ name }) => name === BARE || name === BARE_AGAIN);
  const state = { samples: new Map(), failures: new Map(), facts: new Map() };
  for (const { name } of variants) state.samples.set(name, { cpu: [], wall: [], bytes: [] });
  for (let round = 0; round < settings.runs; round += 1) {
    say(`round ${round + 1} of ${settings.runs}`);
    for (const variant of shuffled([...variants, ...bare, ...bare], random))
      await sample(variant, settings, sink, 'cpu', state);
    if (round >= BYTES_RUNS) continue;
    for (const variant of shuffled(variants, random)) await sample(variant, settings, sink, 'bytes', state);
  }
  return state;
}

async function main() {
  const settings = options();
  const variants = chosen(settings);
  if (variants.some(({ name }) => name.startsWith('ours'))) builtFile('register.js');
  const version = versionOf(settings.node);
  say(`Node ${version}, SDK ${settings.sdk}, ${settings.runs} processes per row, seed ${settings.seed}`);
  const sink = await startSink();
  const { samples, failures, facts } = await measureAll(variants, settings, sink);
  sink.close();
  if (!samples.has(BARE) || !samples.has(BARE_AGAIN)) return EXIT.failed;
  const rows = summarize(samples);
  const bare = baseline(samples);
  const lines = budgets(rows, bare);
  process.stdout.write(`\nNode ${version}, SDK ${settings.sdk}, ${settings.runs} processes per row\n\n`);
  printTable(rows, bare);
  printNotes(rows, bare);
  printBudgets(lines);
  for (const [name, why] of failures) process.stdout.write(`row failed: ${name}: ${why.split('\n')[0]}\n`);
  if (settings.json !== undefined) {
    const report = { node: version, sdk: settings.sdk, seed: settings.seed, baseline: bare, budgets: lines };
    const byRow = Object.fromEntries(
      [...rows].map(([name, row]) => [name, { ...row, facts: facts.get(name) }]),
    );
    const json = { ...report, rows: byRow, failures: Object.fromEntries(failures) };
    writeFileSync(settings.json, `${JSON.stringify(json, null, 2)}\n`);
  }
  if (!bare.valid) {
    process.stdout.write(
      '\nREFUSED: the A/A row is outside its range, this run does not count. Run again on a quieter machine.\n',
    );
    return EXIT.restless;
  }
  return failures.size > 0 || lines.some(({ verdict }) => verdict === 'FAIL') ? EXIT.failed : EXIT.ok;
}

process.exitCode = await main();
