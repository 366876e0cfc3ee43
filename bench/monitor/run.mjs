/**
 * How well the monitor's detectors do on made-up months of MCP calls, in which it is known what is unusual; and what a call
 * costs when the monitor is full.
 *
 *   npm run bench:monitor
 *   node bench/monitor/run.mjs [--seed N,N,...] [--case NAME] [--show] [--json FILE]
 *   node bench/monitor/run.mjs --cost [--calls N] [--json FILE]
 *
 * Exit codes: 0, or 1 when clean months have more alarms than one a week for a thousand calls a day, or a call costs more than
 * its budget.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fixed, table } from '../lib/table.mjs';
import { median } from '../lib/stats.mjs';
import { budget, printBudgets } from '../lib/verdicts.mjs';
import { apply, CASES, CLEAN } from './cases.mjs';
import { measureCost } from './cost.mjs';
import { replay } from './replay.mjs';
import { DAY, HOUR, makeMonth, WORLD } from './world.mjs';

/** Findings may come so long after the end: counts are looked at when they are complete. */
const GRACE = HOUR;

function isRight({ detectors, grace = GRACE }, { from, to, tool, user }, finding) {
  if (!detectors.includes(finding.rule)) return false;
  if (finding.at < from || finding.at > to + grace) return false;
  const { group } = finding;
  if (user !== undefined && group.user_id === user.id) return true;
  if (tool !== undefined && group.tool_name === tool.name && group.server_id === tool.server) return true;
  // What one user does shows in the tools, what a tool does in the users.
  return tool === undefined
    ? group.tool_name !== undefined
    : user === undefined && group.user_id !== undefined;
}

function runCase(oneCase, seed) {
  const month = makeMonth(seed);
  const incidents = apply(oneCase, month);
  const tagged = incidents.map(({ tool }) => `${tool?.server}/${tool?.name}`);
  const findings = replay(month.calls, oneCase.isTagged ? { sensitive: tagged } : {});
  const right = findings.filter((finding) =>
    incidents.some((incident) => isRight(oneCase, incident, finding)),
  );
  const times = incidents.map(
    (incident) => findings.find((finding) => isRight(oneCase, incident, finding))?.at - incident.from,
  );
  const found = times.filter((time) => !Number.isNaN(time));
  const wrong = findings.filter((finding) => !right.includes(finding));
  return {
    incidents: incidents.length,
    found,
    findings,
    wrong,
    right: right.length,
    own: findings.filter(({ rule }) => oneCase.detectors.includes(rule)).length,
    calls: month.calls.length,
  };
}

function runClean({ changes }, seed) {
  const month = makeMonth(seed, changes);
  const findings = replay(month.calls);
  const calls = month.calls.length;
  const perDay = findings.length / month.world.days;
  return { calls, findings, wrong: findings, perDay, allowed: calls / month.world.days / 1_000 / 7 };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function duration(ms) {
  if (ms === undefined) return '-';
  if (ms < HOUR) return `${fixed(ms / 60_000, 1)} min`;
  return ms < 2 * DAY ? `${fixed(ms / HOUR, 1)} h` : `${fixed(ms / DAY, 1)} days`;
}

function show(label, seed, findings) {
  for (const { rule, at, description } of findings)
    process.stdout.write(
      `  ${label} ${seed} ${new Date(at).toISOString().slice(5, 16)} ${rule}: ${description}\n`,
    );
}

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '201,202,203,204,205' },
    case: { type: 'string' },
    show: { type: 'boolean', default: false },
    cost: { type: 'boolean', default: false },
    calls: { type: 'string', default: '1000000' },
    json: { type: 'string' },
  },
});

function finish(report) {
  printBudgets(report.budgets);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (report.budgets.some(({ verdict }) => verdict === 'FAIL')) process.exitCode = 1;
}

if (options.cost) finish(await measureCost(Number(options.calls)));
else finish(measureDetection());

function measureDetection() {
  const seeds = options.seed.split(',').map(Number);
  const wanted = ({ name }) => options.case === undefined || name.startsWith(options.case);
  process.stdout.write(`seeds ${seeds.join(', ')}; ${JSON.stringify(WORLD)}\n\n`);

  /** @type {{ seeds: number[], world: object, cases: any[], clean: any[] }} */
  const report = { seeds, world: WORLD, cases: [], clean: [] };
  for (const oneCase of CASES.filter(wanted)) {
    const runs = seeds.map((seed) => {
      const run = runCase(oneCase, seed);
      if (options.show)
        show(
          oneCase.name,
          seed,
          run.findings.map((finding) => ({
            ...finding,
            rule: run.wrong.includes(finding) ? `WRONG ${finding.rule}` : finding.rule,
          })),
        );
      return run;
    });
    const times = runs.flatMap(({ found }) => found);
    const incidents = sum(runs.map((run) => run.incidents));
    const right = sum(runs.map((run) => run.right));
    const own = sum(runs.map((run) => run.own));
    const all = sum(runs.map((run) => run.findings.length));
    report.cases.push({
      name: oneCase.name,
      what: oneCase.what,
      incidents,
      found: times.length,
      recall: times.length / incidents,
      precision: own === 0 ? undefined : right / own,
      precisionOfAll: all === 0 ? undefined : right / all,
      timeToDetectMs: times.length === 0 ? undefined : median(times),
      slowestMs: times.length === 0 ? undefined : Math.max(...times),
    });
  }
  for (const clean of CLEAN.filter(wanted)) {
    const runs = seeds.map((seed) => {
      const run = runClean(clean, seed);
      if (options.show) show(clean.name, seed, run.findings);
      return run;
    });
    const mean = (of) => sum(runs.map(of)) / runs.length;
    report.clean.push({
      name: clean.name,
      what: clean.what,
      callsADay: mean(({ calls }) => calls / WORLD.days),
      alarmsADay: mean(({ perDay }) => perDay),
      allowedADay: mean(({ allowed }) => allowed),
      worst: Math.max(...runs.map(({ perDay, allowed }) => perDay / allowed)),
    });
  }

  const rows = report.cases.map((one) => [
    one.name,
    one.incidents,
    one.found,
    fixed(one.recall, 2),
    fixed(one.precision, 2),
    fixed(one.precisionOfAll, 2),
    duration(one.timeToDetectMs),
    duration(one.slowestMs),
  ]);
  if (rows.length > 0)
    console.log(
      table(
        ['case', 'incidents', 'found', 'recall', 'precision', 'of all', 'found after (median)', 'slowest'],
        rows,
      ),
    );
  const cleanRows = report.clean.map((one) => [
    one.name,
    fixed(one.callsADay, 0),
    fixed(one.alarmsADay, 2),
    fixed(one.allowedADay, 2),
    fixed(one.alarmsADay / one.allowedADay, 2),
    fixed(one.worst, 2),
  ]);
  console.log(
    `\n${table(['nothing to find', 'calls a day', 'alarms a day', 'allowed', 'ratio', 'worst seed'], cleanRows)}`,
  );
  const budgets = report.clean.map(({ name, alarmsADay, callsADay }) =>
    budget(`${name}: alarms a week for a thousand calls a day`, (alarmsADay * 7_000) / callsADay, 1),
  );
  return { ...report, budgets };
}
