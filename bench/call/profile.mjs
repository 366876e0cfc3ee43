/**
 * Where the time and the bytes of a row go: its dearest functions beside those of another row.
 *
 *   node bench/call/profile.mjs [NAME] [--against NAME] [--top 30] [--sdk v1|v2] [--node PATH|VERSION]
 *
 * NAME is a row of the table, `ours: client` when it is left out; `--against` is `floor + inject`.
 */
import { parseArgs } from 'node:util';
import { runChild } from '../lib/child.mjs';
import { nodeBinary } from '../lib/node.mjs';
import { startSink } from '../lib/sink.mjs';
import { table } from '../lib/table.mjs';
import { FLOOR, programOf, VARIANTS } from './variants.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', default: FLOOR },
    top: { type: 'string', default: '30' },
    sdk: { type: 'string', default: 'v1' },
    node: { type: 'string' },
  },
});

async function profileOf(name, sink) {
  const variant = VARIANTS.find((one) => one.name === name);
  if (variant === undefined)
    throw new Error(`no row "${name}": ${VARIANTS.map((one) => one.name).join(' | ')}`);
  const settings = { node: nodeBinary(values.node), sdk: values.sdk };
  const { profile } = await runChild(programOf(variant, settings, sink, 'profile'));
  return profile;
}

const cost = (from, name) => from.get(name) ?? 0;
const sum = (from) => [...from.values()].reduce((total, one) => total + one, 0);

function print(unit, mine, other) {
  const [ours, theirs] = [new Map(mine), new Map(other)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  const rows = names
    .toSorted((a, b) => cost(ours, b) - cost(theirs, b) - (cost(ours, a) - cost(theirs, a)))
    .slice(0, Number(values.top))
    .map((name) => [name, cost(ours, name), cost(theirs, name), cost(ours, name) - cost(theirs, name)]);
  const all = [['sum', sum(ours), sum(theirs), sum(ours) - sum(theirs)], ...rows];
  const body = all.map(([name, ...numbers]) => [
    name,
    ...numbers.map((one) => one.toFixed(unit === 'µs' ? 2 : 0)),
  ]);
  process.stdout.write(`\n${table([`${unit} per call, self`, 'row', 'against', 'more'], body)}\n`);
}

const sink = await startSink();
const mine = await profileOf(positionals[0] ?? 'ours: client', sink);
const other = await profileOf(values.against, sink);
sink.close();
print('µs', mine.cpu, other.cpu);
print('bytes', mine.bytes, other.bytes);
