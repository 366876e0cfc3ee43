/**
 * `npm run test:conformance`: every scenario of the official conformance suite, against a server and a client on each
 * SDK major, without us and under the preload. Passed is what is the same, check by check; a scenario that fails both
 * ways is named and is no failure of ours. Then what a monitor sees of the authentications among them. Prints tables and
 * writes `build/conformance.json`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import type { OtlpReceiver } from '../support/otlp-receiver';
import { checkAuthentications } from './auth';
import { runSuite } from './suite';
import { checkWire } from './wire';
import type { Major, Results, Side } from './suite';

const EXPECTED: Record<Side, number> = { server: 32, client: 26 };
/** Measures time against the clock: judged by itself, not beside 25 others. */
const ALONE: Record<Side, readonly string[]> = { server: [], client: ['sse-retry'] };
/** A machine that is busy delays programs by chance: what differs is run again, both ways, before it counts. */
const REPEATS = 2;

interface Row {
  readonly side: Side;
  readonly major: Major;
  readonly scenario: string;
  readonly bare: readonly string[];
  readonly preloaded: readonly string[];
  /** How often it had to be run until both ways agreed. */
  readonly runs: number;
}

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const same = (one: readonly string[] = [], other: readonly string[] = []): boolean =>
  one.length > 0 && one.join('\n') === other.join('\n');

async function compare(side: Side, major: Major, receiver: OtlpReceiver): Promise<Row[]> {
  const env = receiver.env();
  const run = (preload: boolean, scenario?: string): Promise<Results> =>
    runSuite(side, { major, preload, env, ...(scenario === undefined ? {} : { scenario }) });
  const bare = await run(false);
  if (receiver.spans.length > 0) throw new Error('a run without the preload made spans');
  const preloaded = await run(true);
  const rows: Row[] = [];
  for (const scenario of new Set([...bare.keys(), ...preloaded.keys()])) {
    let [one, other] = [bare.get(scenario) ?? [], preloaded.get(scenario) ?? []];
    let runs = 1;
    for (
      ;
      runs <= REPEATS && (!same(one, other) || (runs === 1 && ALONE[side].includes(scenario)));
      runs += 1
    ) {
      // oxlint-disable-next-line no-await-in-loop -- alone on the machine is the point
      one = [...(await run(false, scenario)).values()][0] ?? [];
      // oxlint-disable-next-line no-await-in-loop -- as above
      other = [...(await run(true, scenario)).values()][0] ?? [];
    }
    rows.push({ side, major, scenario, bare: one, preloaded: other, runs });
  }
  return rows;
}

/** `passed/failed/warnings`, as the suite counts them. */
function tally(checks: readonly string[]): string {
  const count = (status: string): number => checks.filter((check) => check.endsWith(` ${status}`)).length;
  return `${count('SUCCESS')}/${count('FAILURE')}/${count('WARNING')}`;
}

function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ scenario }) => scenario.length)) + 2;
  print(
    `${'side'.padEnd(8)}${'scenario'.padEnd(width)}${'1.x bare'.padEnd(10)}${'with us'.padEnd(12)}${'v2 bare'.padEnd(10)}with us`,
  );
  const cells = (row: Row | undefined): string => {
    if (row === undefined) return ''.padEnd(22);
    const mark = same(row.bare, row.preloaded) ? '' : ' X';
    return `${tally(row.bare).padEnd(10)}${(tally(row.preloaded) + mark).padEnd(12)}`;
  };
  const named = new Map(rows.map((row) => [`${row.side} ${row.scenario}`, row]));
  for (const { side, scenario } of named.values()) {
    const of = (major: Major): Row | undefined =>
      rows.find((row) => row.side === side && row.scenario === scenario && row.major === major);
    print(`${side.padEnd(8)}${scenario.padEnd(width)}${cells(of('v1'))}${cells(of('v2'))}`.trimEnd());
  }
  print('passed/failed/warnings of the suite; X: not the same with and without us');
}

function printDetails(rows: readonly Row[]): void {
  for (const { side, major, scenario, bare, preloaded, runs } of rows) {
    const name = `${major} ${side} ${scenario}`;
    const failing = bare.filter((check) => check.endsWith(' FAILURE'));
    if (!same(bare, preloaded)) {
      print(`DIFFERENT ${name}`);
      for (const check of bare.filter((one) => !preloaded.includes(one))) print(`  only bare: ${check}`);
      for (const check of preloaded.filter((one) => !bare.includes(one))) print(`  only with us: ${check}`);
    } else if (failing.length > 0) {
      print(`fails both ways: ${name}: ${failing.map((check) => check.split(' ')[0]).join(', ')}`);
    } else if (runs > 1 && !ALONE[side].includes(scenario)) {
      print(`run again, then the same: ${name}`);
    }
  }
}

async function main(): Promise<void> {
  const started = performance.now();
  const rows: Row[] = [];
  for (const side of ['server', 'client'] as const) {
    for (const major of ['v1', 'v2'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one program at a time: some scenarios measure time
      const receiver = await startOtlpReceiver();
      // oxlint-disable-next-line no-await-in-loop -- as above
      const found = await compare(side, major, receiver);
      const spans = receiver.spans.length;
      // oxlint-disable-next-line no-await-in-loop -- as above
      await receiver.close();
      process.stderr.write(`${side} ${major}: ${found.length} scenarios, ${spans} spans under the preload\n`);
      if (found.length !== EXPECTED[side])
        throw new Error(`expected ${EXPECTED[side]} scenarios, ran ${found.length}`);
      if (spans < found.length) throw new Error('the preload made hardly any spans: it was not at work');
      rows.push(...found);
    }
  }
  printTable(rows);
  printDetails(rows);
  const authentications = await checkAuthentications(
    rows.filter(({ scenario }) => scenario.startsWith('auth/')),
    print,
  );
  const wires = await checkWire(print);
  const different = rows.filter(({ bare, preloaded }) => !same(bare, preloaded)).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  print(
    `${rows.length} scenarios: ${rows.length - different} the same, ${different} different, in ${seconds} s`,
  );
  writeFileSync(join(REPOSITORY, 'build/conformance.json'), `${JSON.stringify(rows, null, 1)}\n`);
  if (different + authentications + wires > 0) process.exitCode = 1;
}

void main();
