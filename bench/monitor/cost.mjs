/**
 * What a call costs when the monitor is full: 100,000 users and 200 tools, every part at its bounds, each variant in a process
 * of its own over one that makes the same lines for nobody.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { runChild } from '../lib/child.mjs';
import { fixed, table } from '../lib/table.mjs';
import { budget } from '../lib/verdicts.mjs';

const FILE = fileURLToPath(new URL('programs/monitor.mjs', import.meta.url));
const VARIANTS = ['none', 'usage', 'rules', 'anomaly', 'all'];
const MB = 1e6;
const BUDGETS = { p50: 5, memory: 40 };

/** Prints the table, and returns it with what holds. */
export async function measureCost(calls) {
  const found = new Map();
  for (const variant of VARIANTS) {
    const args = [variant, String(calls)];
    found.set(
      variant,
      await runChild({ node: process.execPath, flags: ['--expose-gc'], file: FILE, args, seconds: 900 }),
    );
  }
  const { kept: floor } = found.get('none');
  const rows = [...found].map(([variant, one]) => ({
    variant,
    p50: one.p50,
    p99: one.p99,
    crowded: one.crowded,
    memory: (one.kept - floor) / MB,
    evicted: one.evicted,
  }));
  const model = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`;
  console.log(
    `${calls} calls, Node ${process.version}, ${model}; usage is in every row but the first; calls of users that are remembered, and (crowded) two of five of users that are not\n`,
  );
  console.log(
    table(
      ['watches', 'p50 µs', 'p99 µs', 'crowded p50 µs', 'MB kept', 'keys evicted'],
      rows.map((row) => [
        row.variant,
        fixed(row.p50, 2),
        fixed(row.p99, 1),
        fixed(row.crowded, 2),
        fixed(row.memory, 1),
        row.evicted,
      ]),
    ),
  );
  const all = rows.at(-1);
  const budgets = [
    budget('everything at its bounds, p50 of a call', all.p50, BUDGETS.p50, ' µs'),
    budget('everything at its bounds, memory kept', all.memory, BUDGETS.memory, ' MB'),
  ];
  return { calls, machine: model, node: process.version, rows, budgets };
}
