/** Turns the samples of a run into rows, the table of the console, and the budget lines. */
import { median, spread } from '../lib/stats.mjs';
import { fixed, table } from '../lib/table.mjs';
import { budget } from '../lib/verdicts.mjs';
import { AUDITING, BARE, BARE_AGAIN, FLOOR, OBSERVING, UNGUARDED } from './variants.mjs';

/** The A/A ratio must lie in here, or the machine was too restless for the run to count. */
const AA_RANGE = [0.97, 1.03];

/** @returns {Map<string, { cpu, wall, bytes }>} spreads by row; `cpu` and `wall` in µs per call, `bytes` per call */
export function summarize(samples) {
  const rows = new Map();
  for (const [name, { cpu, wall, bytes }] of samples) {
    rows.set(name, { cpu: spread(cpu), wall: spread(wall), bytes: spread(bytes) });
  }
  return rows;
}

/** Bare and bare again are one program: their pooled median is what rows are compared with, their ratio is the A/A row. */
export function baseline(samples) {
  const [first, second] = [samples.get(BARE), samples.get(BARE_AGAIN)];
  const aa = median(second.cpu) / median(first.cpu);
  const pooled = (key) => {
    const values = [...first[key], ...second[key]];
    return values.length > 0 ? median(values) : undefined;
  };
  return { aa, valid: aa >= AA_RANGE[0] && aa <= AA_RANGE[1], cpu: pooled('cpu'), bytes: pooled('bytes') };
}

const ratio = (value, to, digits = 2) => (value === undefined || !to ? '-' : (value / to).toFixed(digits));

export function printTable(rows, bare) {
  const floor = rows.get(FLOOR);
  const body = [...rows].map(([name, { cpu, wall, bytes }]) => [
    name,
    fixed(cpu?.min, 1),
    fixed(cpu?.median, 1),
    fixed(cpu?.max, 1),
    ratio(cpu?.median, bare.cpu),
    ratio(cpu?.median, floor?.cpu?.median),
    fixed(wall?.median, 1),
    bytes === undefined ? '-' : Math.round(bytes.median),
    bytes === undefined ? '-' : `+${Math.round(bytes.median - bare.bytes)}`,
    ratio(bytes?.median, bare.bytes),
    ratio(bytes?.median, floor?.bytes?.median),
  ]);
  const head = [
    'per call',
    'cpu µs min',
    'median',
    'max',
    '/bare',
    '/floor',
    'wall µs',
    'bytes',
    'added',
    '/bare',
    '/floor',
  ];
  process.stdout.write(`${table(head, body)}\n`);
  process.stdout.write(
    `\nA/A (bare again / bare, CPU): ${bare.aa.toFixed(3)}; a run counts within ${AA_RANGE.join('-')}\n`,
  );
}

/** The lines of the project's budgets that one call answers for. */
export function budgets(rows, bare) {
  const of = (name, kind) => rows.get(name)?.[kind]?.median;
  const against = (name, floor, kind) => {
    const [value, base] = [of(name, kind), of(floor, kind)];
    return value === undefined || base === undefined ? undefined : value / base;
  };
  const lines = [
    budget('traced call, client, CPU over floor + inject', against('ours: client', FLOOR, 'cpu'), 1.25, 'x'),
    budget(
      'traced call, client, bytes over floor + inject',
      against('ours: client', FLOOR, 'bytes'),
      1.25,
      'x',
    ),
    budget(
      'no provider, client, CPU added',
      minus(of('ours, no provider: client', 'cpu'), bare.cpu),
      3,
      ' µs',
    ),
    budget(
      'unsampled call, CPU over the unsampled floor',
      against('ours unsampled', 'floor unsampled', 'cpu'),
      1.25,
      'x',
    ),
    budget(
      'unsampled call, bytes over the unsampled floor',
      against('ours unsampled', 'floor unsampled', 'bytes'),
      1.25,
      'x',
    ),
  ];
  for (const [name, what, limit] of [
    [OBSERVING, 'eight guards in observe', 10],
    [AUDITING, 'eight guards in observe and an audit line', 60],
  ]) {
    const added = minus(of(name, 'cpu'), of(UNGUARDED, 'cpu'));
    if (rows.has(name)) lines.push(budget(`${what}, CPU added to a traced call`, added, limit, ' µs'));
  }
  const peers = [
    ['ours: client', 'openlit: client'],
    ['ours: client', 'autotel: client'],
    ['ours: both sides (preload)', 'autotel: both sides'],
    ['ours: both sides (preload)', 'dd-trace: both sides'],
    ['ours: both sides (preload)', 'sentry: server'],
  ];
  for (const [ours, peer] of peers.filter(([, name]) => rows.has(name))) {
    lines.push(budget(`${ours} below ${peer}, CPU`, against(ours, peer, 'cpu'), 1, 'x'));
    lines.push(budget(`${ours} below ${peer}, bytes`, against(ours, peer, 'bytes'), 1, 'x'));
  }
  return lines;
}

const minus = (value, base) => (value === undefined || base === undefined ? undefined : value - base);

/** Rows beside the budget: what the other sides and options cost, in the terms of their own floor. */
export function printNotes(rows, bare) {
  const added = (name, kind) => minus(rows.get(name)?.[kind]?.median, bare[kind]);
  const per = (name, floor, kind) => {
    const [value, base] = [added(name, kind), added(floor, kind)];
    return value === undefined || base === undefined ? '-' : (value / base).toFixed(2);
  };
  const lines = [
    ['ours: client', FLOOR],
    ['ours: both sides (preload)', 'floor both sides + extract'],
    ['ours unsampled', 'floor unsampled'],
  ];
  process.stdout.write('\nAdded over bare, as a multiple of what the floor adds (no budget)\n');
  for (const [name, floor] of lines) {
    process.stdout.write(
      `  ${name} / ${floor}: CPU ${per(name, floor, 'cpu')}, bytes ${per(name, floor, 'bytes')}\n`,
    );
  }
}
