/**
 * The report beside jq: time and memory over one generated log, and whether both count the same.
 *
 *     npm run bench:report            # 1 GB; -- --mb 100 for a short look, --rounds N, --json
 *
 * jq computes a part of what the report does, in one pass: `totals.jq`. Each is a process of its own, from its start to
 * its exit, and they take turns; a figure is the best of its rounds. Exits with 1 when the totals differ, when the report is
 * less than three times as fast in CPU or in wall time, or takes 150 MB or more.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '2' },
    json: { type: 'boolean' },
  },
});

const FACTOR = 3;
const MOST_MEGABYTES = 150;
const here = (name) => new URL(name, import.meta.url).pathname;
const PROGRAM = here('../../build/src/cli/main.js');

const folder = mkdtempSync(join(tmpdir(), 'bench-report-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = join(folder, 'audit.jsonl');

function run(program, args, input = 'ignore') {
  const out = join(folder, 'out');
  const fd = openSync(out, 'w');
  const from = performance.now();
  const { status, stderr } = spawnSync(program, args, { stdio: [input, fd, 'pipe'], encoding: 'utf8' });
  const seconds = (performance.now() - from) / 1_000;
  closeSync(fd);
  if (status !== 0 && !(program === process.execPath && status < 3)) {
    throw new Error(`${program} ${args.join(' ')}: exit code ${status}\n${stderr}`);
  }
  return { seconds, output: readFileSync(out, 'utf8'), stderr };
}

/** CPU and peak memory as the kernel counts them, written by the process that runs the command. */
function measured(program, args) {
  const usage = join(folder, 'usage');
  const result = run('python3', [here('usage.py'), usage, program, ...args]);
  return { ...JSON.parse(readFileSync(usage, 'utf8')), output: result.output };
}

/** The report's JSON in the form of `totals.jq`. */
function totalsOf({ events, by_tool, by_user }) {
  return { events, tools: tableOf(by_tool), users: tableOf(by_user) };
}

function tableOf({ rows }) {
  const entries = rows.map(({ name, successful, failed, denied }) => {
    const counts = Object.entries({ successful, failed, denied }).filter(([, count]) => count > 0);
    return [name, Object.fromEntries(counts)];
  });
  return Object.fromEntries(entries.filter(([, counts]) => Object.keys(counts).length > 0));
}

function line(name, { seconds, cpu, megabytes }) {
  const times = `${seconds.toFixed(1).padStart(7)} s wall ${cpu.toFixed(1).padStart(7)} s CPU`;
  return `${name.padEnd(8)} ${times} ${megabytes.toFixed(0).padStart(5)} MB peak`;
}

function best(runs) {
  const least = (key) => Math.min(...runs.map((one) => one[key]));
  return {
    seconds: least('seconds'),
    cpu: least('cpu'),
    megabytes: Math.max(...runs.map((one) => one.megabytes)),
  };
}

run(process.execPath, [here('generate.mjs'), log, '--mb', values.mb]);
const bytes = statSync(log).size;
const runs = { report: [], jq: [] };
let isEqual = true;
for (let round = 0; round < Number(values.rounds); round += 1) {
  const report = measured(process.execPath, [
    PROGRAM,
    'report',
    log,
    '--json',
    '--top',
    '100000',
    '--fail-on',
    'none',
  ]);
  const jq = measured('jq', ['-n', '-f', here('totals.jq'), log]);
  runs.report.push(report);
  runs.jq.push(jq);
  isEqual &&= isDeepStrictEqual(totalsOf(JSON.parse(report.output)), JSON.parse(jq.output));
}
const [report, jq] = [best(runs.report), best(runs.jq)];
const result = {
  megabytes: bytes / 1e6,
  isEqual,
  report,
  jq,
  fasterWall: jq.seconds / report.seconds,
  fasterCpu: jq.cpu / report.cpu,
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(`${(bytes / 1e6).toFixed(0)} MB`);
  console.log(line('report', report));
  console.log(line('jq', jq));
  console.log(
    `${result.fasterWall.toFixed(1)} times as fast, ${result.fasterCpu.toFixed(1)} times by CPU; totals ${isEqual ? 'equal' : 'DIFFER'}`,
  );
}
const isGood =
  isEqual && result.fasterCpu >= FACTOR && result.fasterWall >= FACTOR && report.megabytes < MOST_MEGABYTES;
process.exitCode = isGood ? 0 : 1;
