/** Panels of "MCP / Security": the audit log, the time that guards take, and what was lost. */
import { auditHeads, auditRate, grown, guardDurationQuantile, losses } from '../promql/guard-queries';
import { COLOUR, QUANTILES } from './colours';
import { bars, lines } from './panels';
import { AROUND, PER_BAR, WITHIN_RANGE } from './shared';
import { noneOf } from './steps';
import { tableOf } from './tables';
import { UNITS } from './units';
import { CHOSEN } from './variables';

const ROWS = 10;

export const auditLines = () =>
  lines({
    title: 'Audit lines per second',
    description: 'Lines written to the audit logs, by job. None while calls are made: the log has stopped.',
    unit: UNITS.perSecond,
    queries: [{ expr: auditRate(['job'], AROUND), legend: '{{job}}' }],
  });

export const heads = () =>
  lines({
    title: 'Audit chain heads',
    description: `Number of the last line of each process’s chain, of the ${ROWS} that wrote most. It only rises; a fall is a new process, or a log that was replaced.`,
    unit: UNITS.exact,
    queries: [{ expr: auditHeads(ROWS, CHOSEN), legend: '{{job}} {{instance}}' }],
  });

export const lossTable = () =>
  tableOf({
    title: 'Losses',
    description:
      'What did not get where it should within the range that is shown. Every row should be 0; the alerts of the runbook begin with one.',
    unit: UNITS.count,
    labels: [{ label: 'loss', title: 'What' }],
    values: [{ title: 'Lost', expr: losses(WITHIN_RANGE), steps: noneOf(COLOUR.error) }],
    sortBy: 'Lost',
  });

export const lossesOverTime = () =>
  bars({
    title: 'Losses over time',
    description: 'The same per interval of a minute or more, and why. An empty chart is a good one.',
    unit: UNITS.count,
    queries: [
      { expr: grown('auditDropped', ['reason'], PER_BAR), legend: 'audit line: {{reason}}' },
      { expr: grown('exportDropped', ['signal'], PER_BAR), legend: 'telemetry: {{signal}}' },
      { expr: grown('storeErrors', [], PER_BAR), legend: 'store of limits did not answer' },
      { expr: grown('stateEvictions', ['state'], PER_BAR), legend: 'evicted: {{state}}' },
      { expr: grown('labelsOverflow', ['label'], PER_BAR), legend: 'label folded: {{label}}' },
      { expr: grown('internalErrors', ['component'], PER_BAR), legend: 'internal: {{component}}' },
      { expr: grown('monitorDropped', ['reason'], PER_BAR), legend: 'monitor: {{reason}}' },
    ],
    legendBeside: true,
  });

export const guardTime = () =>
  lines({
    title: 'Time for guards',
    description: 'How long calls waited for their guards: half, 95 % and 99 % no longer.',
    unit: UNITS.seconds,
    queries: [0.5, 0.95, 0.99].map((q) => ({
      expr: guardDurationQuantile(q, AROUND),
      legend: `p${q * 100}`,
    })),
    colours: QUANTILES,
  });
