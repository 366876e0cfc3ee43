/**
 * What the calls of agents cost the programs that watch them: the unit costs of docs/operations.md, measured on the real
 * programs.
 *
 *     npm run bench:fleet                          # some ten minutes
 *     npm run bench:fleet -- --only collector --runs 1 --json /tmp/fleet.json
 *
 * Parts: wire, series, redis, collector, metrics, prometheus, jaeger. Every part is run several times (`--runs`, default 3)
 * in fresh processes; printed are medians, with the smallest and the largest. A part whose program cannot be had is named
 * and left out. CPU is what the kernel counts for the process (Linux only), not time on the clock.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { ROOT } from '../lib/paths.mjs';
import { spread } from '../lib/stats.mjs';
import { table } from '../lib/table.mjs';
import { measureCollector, measureMetrics } from './collector.mjs';
import { measureJaeger } from './jaeger.mjs';
import { measureLimits } from './limits.mjs';
import { measurePrometheus } from './prometheus.mjs';
import { measureSeries } from './series.mjs';
import { measureWire } from './wire.mjs';

const require = createRequire(import.meta.url);
const { loadOf, RATES, TYPICAL } = require(join(ROOT, 'build/tools/gen/operations/arithmetic.js'));
const { UNIT_COSTS } = require(join(ROOT, 'build/tools/gen/operations/unit-costs.js'));

const PARTS = {
  wire: measureWire,
  series: measureSeries,
  redis: measureLimits,
  collector: measureCollector,
  metrics: measureMetrics,
  prometheus: measurePrometheus,
  jaeger: measureJaeger,
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
    runs: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});

const unknown = options.only.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs has to be a whole number above 0, not '${options.runs}'`);
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error('bench:fleet reads /proc: it runs on Linux only');
  process.exit(2);
}

/** Four digits are more than any of these is known to. */
const shown = (value) =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(4);

const results = {};
for (const [name, measure] of Object.entries(PARTS)) {
  if (!options.only.includes(name)) continue;
  for (let run = 1; run <= runs; run += 1) {
    process.stderr.write(`${name}, run ${run} of ${runs}\n`);
    try {
      for (const [key, value] of Object.entries(await measure())) (results[key] ??= []).push(value);
    } catch (error) {
      process.stderr.write(`${name}: ${error.message}\n`);
      if (error.name !== 'Missing') process.exitCode = 1;
      break;
    }
  }
}

const medians = Object.fromEntries(
  Object.entries(results).map(([key, values]) => [key, spread(values).median]),
);
const rows = Object.entries(results).map(([key, values]) => {
  const { min, median, max, n } = spread(values);
  const known = key in UNIT_COSTS ? shown(UNIT_COSTS[key]) : '-';
  return [key, ...[median, min, max].map(shown), String(n), known];
});
console.log(`Node ${process.version}, ${availableParallelism()} cores\n`);
console.log(table(['', 'median', 'smallest', 'largest', 'runs', 'in docs/operations.md'], rows));

// What was not measured this time is taken from there.
const costs = { ...UNIT_COSTS, ...medians };
const loads = [100, 10_000, 1_000_000].map((agents) => loadOf(agents, TYPICAL, RATES, costs));
const sums = Object.keys(loads[0]).map((key) => [key, ...loads.map((load) => shown(load[key]))]);
console.log(`\n${table(['the sums', '', '', ''], sums)}`);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(medians, null, 2)}\n`);
}
// Connections that are kept alive.
process.exit();
