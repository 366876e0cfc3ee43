/**
 * `otel-mcp monitor` over a large audit log: time, and memory that does not grow with the log.
 *
 *     npm run bench:monitor-replay            # 1,000,000 and 2,000,000 lines; -- --lines N, --json
 *
 * The logs are those of `bench/report/generate.mjs`, of one process, one twice as long as the other, over the same days, users
 * and tools. All rules and detectors look at them, and the events that led to the listed findings are collected. Exits with 1
 * when the first takes a minute or more, or the second takes a fifth more memory than the first.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '1000000' }, json: { type: 'boolean' } },
});

const MOST_SECONDS = 60;
const MOST_GROWTH = 1.2;
const here = (name) => new URL(name, import.meta.url).pathname;
const PROGRAM = here('../../build/src/cli/main.js');

const folder = mkdtempSync(join(tmpdir(), 'bench-monitor-replay-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const policy = join(folder, 'policy.json');
writeFileSync(
  policy,
  JSON.stringify({
    version: 1,
    id: 'bench',
    monitor: {},
    classification: {
      sensitive: ['*/export_customer', '*/export_invoice'],
      admin: ['*/delete_*'],
      egress: ['*/send_mail'],
    },
  }),
);

function run(program, args) {
  const out = join(folder, 'out');
  const { status, stderr } = spawnSync(program, args, {
    stdio: ['ignore', openSync(out, 'w'), 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return readFileSync(out, 'utf8');
}

function measured(lines) {
  const log = join(folder, 'audit.jsonl');
  run(process.execPath, [
    here('../report/generate.mjs'),
    log,
    '--lines',
    String(lines),
    '--days',
    '7',
    '--users',
    '2000',
    '--start',
    '2026-01-05T00:00:00Z',
  ]);
  const usage = join(folder, 'usage');
  const args = ['monitor', log, '--policy', policy, '--json', '--fail-on', 'none'];
  const report = JSON.parse(
    run('python3', [here('../report/usage.py'), usage, process.execPath, PROGRAM, ...args]),
  );
  const megabytesRead = statSync(log).size / 1e6;
  rmSync(log);
  return {
    lines,
    megabytesRead,
    findings: report.summary.total,
    records: report.coverage.records,
    ...JSON.parse(readFileSync(usage, 'utf8')),
  };
}

const lines = Number(values.lines);
const runs = [measured(lines), measured(2 * lines)];
const growth = runs[1].megabytes / runs[0].megabytes;
if (values.json) console.log(JSON.stringify({ runs, growth }));
else {
  for (const { cpu, findings, lines: number, megabytes, megabytesRead, seconds } of runs) {
    const rate = Math.round(number / seconds).toLocaleString('en-US');
    console.log(
      `${number.toLocaleString('en-US').padStart(9)} lines (${megabytesRead.toFixed(0)} MB): ${seconds.toFixed(1)} s wall, ${cpu.toFixed(1)} s CPU, ` +
        `${megabytes.toFixed(0)} MB peak, ${rate} lines/s, ${findings.toLocaleString('en-US')} findings`,
    );
  }
  console.log(`memory of the second: ${growth.toFixed(2)} times that of the first`);
}
process.exitCode = runs[0].seconds < MOST_SECONDS && growth <= MOST_GROWTH ? 0 : 1;
