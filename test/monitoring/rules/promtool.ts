/** Runs promtool on the shipped rules. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';

import { REPOSITORY } from '../../../tools/stack/cache';
import { program, type PrometheusVersion } from '../../../tools/stack/programs';
import { labelled, type Case, type Firing } from './case';

export const CONFIGURATION = join(REPOSITORY, 'collector-config/prometheus');
export const RULES = join(CONFIGURATION, 'rules');

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name));

/** What the shipped configuration loads, and what it names as a choice. */
export const RULE_FILES = filesOf(RULES);
export const OPTIONAL_FILES = filesOf(join(RULES, 'optional'));

/** The guide's own alert rules, word for word but for what tells them from ours. */
const GUIDE = join(REPOSITORY, 'test/monitoring/rules/guide.rules.yaml');

export interface Result {
  readonly code: number;
  /** stdout and stderr. */
  readonly output: string;
}

/** Throws {@link Missing} when there is no promtool. */
export async function promtool(version: PrometheusVersion, ...args: string[]): Promise<Result> {
  const binary = await program('promtool', version);
  return new Promise((resolve) => {
    execFile(binary, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

/** Runs the cases in one promtool. */
export async function runCases(version: PrometheusVersion, cases: readonly Case[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'promtool-'));
  try {
    const files: string[] = [];
    for (const every of ['1m', '2m', '4m'] as const) {
      for (const optional of [undefined, true] as const) {
        const tests = cases
          .filter((one) => (one.every ?? '1m') === every && one.optional === optional)
          .map((one) => testGroup(one));
        const rules = optional === true ? [...RULE_FILES, ...OPTIONAL_FILES] : RULE_FILES;
        const inside = join(folder, `${every}-${optional ?? ''}`);
        if (tests.length > 0) files.push(await writeTests(inside, every, rules, tests));
      }
    }
    return await promtool(version, 'test', 'rules', ...files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The shipped rules with another interval, and the tests beside them. */
async function writeTests(
  folder: string,
  every: string,
  rules: readonly string[],
  tests: readonly object[],
): Promise<string> {
  await mkdir(folder);
  for (const rule of rules) {
    const text = await readFile(rule, 'utf8');
    await writeFile(join(folder, basename(rule)), text.replaceAll(/^(\s+interval:).*$/gm, `$1 ${every}`));
  }
  const file = join(folder, 'cases.test.yaml');
  const content = {
    rule_files: [...rules.map((rule) => basename(rule)), GUIDE],
    evaluation_interval: every,
    tests,
  };
  await writeFile(file, stringify(content, { aliasDuplicateObjects: false }));
  return file;
}

const firingOf = (component: string, kept: string): string =>
  `sum by (${kept}) (ALERTS{alertstate="firing",component="${component}"})`;

/** All labels of our alerts that are not the same in every one. */
const OWN_LABELS =
  'alertname,severity,job,instance,host,mountpoint,guard,rule,state,reason,server_id,tool_name,signal,label,part,exporter,receiver';

function testGroup({ title, series, fires, guide = {}, values = [] }: Case): object {
  const times = Object.entries(fires);
  return {
    name: title,
    interval: '1m',
    input_series: Object.entries(series).map(([name, text]) => ({ series: name, values: text })),
    promql_expr_test: [
      ...times.map(([at, alerts]) => expected(at, firingOf('mcp', OWN_LABELS), alerts.map(sampleOf))),
      ...times.map(([at]) =>
        expected(
          at,
          firingOf('guide', 'alertname'),
          (guide[at] ?? []).map((alertname) => ({ labels: { alertname }, value: 1 })),
        ),
      ),
      ...values.map(({ at, expression, samples }) => ({
        expr: expression,
        eval_time: at,
        exp_samples: Object.entries(samples).map(([labels, value]) => ({ labels, value })),
      })),
    ],
    alert_rule_test: times.flatMap(([at, alerts]) => textTests(at, alerts)),
  };
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleOf = ({ alert, severity, labels }: Firing): Sample => ({
  labels: { alertname: alert, severity, ...labels },
  value: 1,
});

const expected = (at: string, expr: string, samples: readonly Sample[]): object => ({
  expr,
  eval_time: at,
  exp_samples: samples.map(({ labels, value }) => ({ labels: labelled(labels), value })),
});

/** promtool compares all alerts of one name at once. */
function textTests(at: string, alerts: readonly Firing[]): object[] {
  const names = new Set(alerts.map(({ alert }) => alert));
  return [...names].flatMap((name) => {
    const ofName = alerts.filter(({ alert }) => alert === name);
    if (ofName.some(({ texts }) => texts === undefined)) return [];
    return [{ eval_time: at, alertname: name, exp_alerts: ofName.map(withTexts) }];
  });
}

function withTexts({ alert, severity, labels, texts }: Firing): object {
  const { alertClass, dashboard } = ABOUT[alert] ?? { alertClass: '?', dashboard: '?' };
  return {
    exp_labels: { severity, component: 'mcp', alert_class: alertClass, ...labels },
    exp_annotations: {
      ...texts,
      runbook_url: `docs/runbook.md#${alert.toLowerCase()}`,
      dashboard: dashboard.replace('JOB', labels['job'] ?? ''),
    },
  };
}

type About = { readonly alertClass: string; readonly dashboard: string };

const about =
  (alertClass: string) =>
  (dashboard: string): About => ({ alertClass, dashboard });

const security = about('security');
const reliability = about('reliability');
const pipeline = about('pipeline');

/** Class and dashboard of every shipped alert. */
export const ABOUT: Readonly<Record<string, About>> = {
  HighAccessDeniedRate: security('/d/mcp-security?var-job=JOB'),
  HighRateLimitHits: security('/d/mcp-security?var-job=JOB'),
  BudgetExceeded: security('/d/mcp-security?var-job=JOB'),
  McpDenialRatioHigh: security('/d/mcp-security?var-job=JOB'),
  McpGuardFailedOpen: security('/d/mcp-security?var-job=JOB'),
  McpPolicyLoadFailed: security('/d/mcp-security?var-job=JOB'),
  McpLimitStateEvicted: security('/d/mcp-security?var-job=JOB'),
  McpAuditRecordsDropped: security('/d/mcp-security?var-job=JOB'),
  McpAuditStalled: security('/d/mcp-security?var-job=JOB'),
  McpFinding: security('/d/mcp-runtime?var-job=JOB'),
  McpAuthenticationFailures: security('/d/mcp-runtime?var-job=JOB'),
  HighErrorRate: reliability('/d/mcp-overview?var-job=JOB'),
  McpErrorBudgetBurn: reliability('/d/mcp-overview?var-job=JOB'),
  McpToolLatencyHigh: reliability('/d/mcp-runtime?var-job=JOB'),
  McpCircuitBreakerOpen: reliability('/d/mcp-security?var-job=JOB'),
  McpConnectionErrors: reliability('/d/mcp-runtime?var-job=JOB'),
  McpLimitStoreErrors: reliability('/d/mcp-security?var-job=JOB'),
  McpHostCpuHigh: reliability('/d/mcp-runtime'),
  McpHostMemoryHigh: reliability('/d/mcp-runtime'),
  McpHostDiskHigh: reliability('/d/mcp-runtime'),
  McpThroughputLow: reliability('/d/mcp-overview?var-job=JOB'),
  McpTargetDown: pipeline('/d/mcp-runtime'),
  McpAgentSilent: pipeline('/d/mcp-overview?var-job=JOB'),
  McpMetricsAbsent: pipeline('/d/mcp-overview'),
  McpTelemetryDropped: pipeline('/d/mcp-runtime?var-job=JOB'),
  McpSeriesOverflow: pipeline('/d/mcp-runtime?var-job=JOB'),
  McpLabelOverflow: pipeline('/d/mcp-runtime?var-job=JOB'),
  McpInternalErrors: pipeline('/d/mcp-runtime?var-job=JOB'),
  McpMonitorDropped: pipeline('/d/mcp-runtime?var-job=JOB'),
  McpMonitorStateEvicted: pipeline('/d/mcp-runtime?var-job=JOB'),
  McpCollectorExportFailing: pipeline('/d/mcp-runtime'),
  McpCollectorNotDelivering: pipeline('/d/mcp-runtime'),
  McpCollectorQueueNearlyFull: pipeline('/d/mcp-runtime'),
  McpCollectorRefusing: pipeline('/d/mcp-runtime'),
};
