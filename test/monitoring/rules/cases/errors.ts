/** Error rate, error budget and latency. */
import { firing, series, type Case, type Firing } from '../case';

const calls = (status: string, labels: Record<string, string> = {}): string =>
  series('mcp_tool_calls_total', { tool_name: 't', status, ...labels });
const errors = (labels: Record<string, string> = {}): string =>
  series('mcp_tool_call_errors_total', { tool_name: 't', error_type: 'timeout', ...labels });

const rate = (severity: 'medium' | 'high', percentage?: string, job = 'a'): Firing =>
  firing(
    'HighErrorRate',
    severity,
    { job },
    percentage === undefined
      ? undefined
      : {
          summary: `High MCP error rate (${job})`,
          description: `Error rate is ${percentage} of the tool calls that ran in the last 5 minutes, above ${
            severity === 'medium' ? 5 : 10
          } %. Denied calls are not among them.`,
        },
  );

const ratio5m = (at: string, samples: Record<string, number>) => ({
  at,
  expression: 'round(job:mcp_tool_call_errors:ratio5m, 0.001)',
  samples,
});

const RATE: readonly Case[] = [
  {
    title: '7 % of 100 calls a minute fail',
    series: { [calls('success')]: '0+93x30', [calls('error')]: '0+7x30', [errors()]: '0+7x30' },
    fires: { '4m': [], '15m': [rate('medium', '7%')] },
    values: [ratio5m('15m', { '{job="a"}': 0.07 })],
  },
  {
    title: '20 % fail: both levels, and the worse one inhibits the other in Alertmanager',
    series: { [calls('success')]: '0+8x30', [calls('error')]: '0+2x30', [errors()]: '0+2x30' },
    fires: { '4m': [], '15m': [rate('medium', '20%'), rate('high', '20%')] },
    guide: { '15m': ['GuideHighErrorRate'] },
  },
  {
    title: 'the errors are new: their first value counts',
    series: { [calls('success')]: '0+20x40', [calls('error')]: '_x20 12x20', [errors()]: '_x20 12x20' },
    fires: { '20m': [], '24m30s': [] },
    silent: ['HighErrorRate'],
    values: [ratio5m('22m', { '{job="a"}': 0.107 })],
  },
  {
    title: 'good, idle, a few and bad: only bad fires',
    series: {
      [calls('success', { job: 'good' })]: '0+10x60',
      [calls('success', { job: 'idle' })]: '5x60',
      [calls('error', { job: 'few' })]: '0 1 2 2x60',
      [errors({ job: 'few' })]: '0 1 2 2x60',
      [calls('success', { job: 'bad' })]: '0+8x60',
      [calls('error', { job: 'bad' })]: '0+2x60',
      [errors({ job: 'bad' })]: '0+2x60',
    },
    fires: { '4m': [], '30m': [rate('medium', '20%', 'bad'), rate('high', '20%', 'bad')] },
    values: [ratio5m('30m', { '{job="good"}': 0, '{job="bad"}': 0.2 })],
  },
  {
    title: 'tiny traffic: one call a minute, and it fails',
    series: { [calls('error')]: '0+1x30', [errors()]: '0+1x30' },
    fires: { '8m': [] },
    silent: ['HighErrorRate/medium', 'HighErrorRate/high'],
    guide: { '8m': ['GuideHighErrorRate'] },
  },
  {
    title: '4 % fail',
    series: { [calls('success')]: '0+96x30', [calls('error')]: '0+4x30', [errors()]: '0+4x30' },
    fires: { '15m': [], '30m': [] },
    silent: ['HighErrorRate/medium', 'HighErrorRate/high'],
  },
  {
    title: 'most calls are denied, none fails: no errors',
    series: { [calls('success')]: '0+1x9 9x30', [calls('denied')]: '0+90x40' },
    // That many denials are an alert of their own.
    fires: { '30m': [firing('McpDenialRatioHigh', 'low', { job: 'a' })] },
    silent: ['HighErrorRate'],
  },
  {
    title: 'the failing process ends: its errors count for five minutes more',
    series: {
      [calls('success')]: '0+8x20 stale',
      [calls('error')]: '0+2x20 stale',
      [errors()]: '0+2x20 stale',
    },
    fires: { '20m': [rate('medium'), rate('high')], '28m': [] },
    guide: { '20m': ['GuideHighErrorRate'] },
  },
  {
    title: 'the scrape fails for ten minutes',
    series: {
      [calls('success')]: '0+96x20 _x10 3000+96x30',
      [calls('error')]: '0+4x20 _x10 124+4x30',
      [errors()]: '0+4x20 _x10 124+4x30',
    },
    fires: { '25m': [], '32m': [], '45m': [] },
    silent: ['HighErrorRate'],
  },
];

const burn = (severity: 'medium' | 'critical', texts?: Firing['texts']): Firing =>
  firing('McpErrorBudgetBurn', severity, { job: 'a' }, texts);

const burnText = (percentage: string, window: string, times: string): Firing['texts'] => ({
  summary: 'MCP calls use up their error budget (a)',
  description: `${percentage} of the tool calls of the last ${window} failed, and it goes on. 95 % are to succeed: the errors are ${times} times as many as allowed, or more.`,
});

const BUDGET: readonly Case[] = [
  {
    title: '90 % fail from minute 301: the fast level',
    every: '2m',
    series: {
      [calls('success')]: '0+10x300 3001+1x90',
      [calls('error')]: '0x300 9+9x90',
      [errors()]: '0x300 9+9x90',
    },
    fires: {
      '299m': [],
      '305m': [],
      '372m': [rate('medium'), rate('high'), burn('critical', burnText('90%', 'hour', '14.4'))],
    },
    silent: ['McpErrorBudgetBurn/medium'],
    guide: { '305m': [], '372m': ['GuideHighErrorRate'] },
  },
  {
    title: '40 % fail from minute 601: the slow level alone',
    every: '4m',
    series: {
      [calls('success')]: '0+10x600 6006+6x400',
      [calls('error')]: '0x600 4+4x400',
      [errors()]: '0x600 4+4x400',
    },
    fires: {
      '600m': [],
      '860m': [rate('medium'), rate('high')],
      '920m': [rate('medium'), rate('high'), burn('medium')],
    },
    silent: ['McpErrorBudgetBurn/critical'],
    guide: { '860m': ['GuideHighErrorRate'], '920m': ['GuideHighErrorRate'] },
  },
  {
    title: 'ten calls every twenty minutes, and all fail: too rare for HighErrorRate',
    series: {
      [calls('error')]: '0x10 10x19 20x19 30x19 40x19',
      [errors()]: '0x10 10x19 20x19 30x19 40x19',
    },
    fires: {
      '10m': [],
      '34m': [burn('critical'), burn('medium', burnText('100%', '6 hours', '6'))],
      '45m': [burn('medium')],
    },
    guide: { '34m': [] },
    silent: ['HighErrorRate'],
  },
  {
    title: 'three calls an hour, and all fail: proves nothing',
    series: { [calls('error')]: '0x9 1x19 2x19 3x19 4x19 5x19', [errors()]: '0x9 1x19 2x19 3x19 4x19 5x19' },
    fires: { '53m': [], '72m': [], '93m': [] },
    silent: ['McpErrorBudgetBurn/critical', 'McpErrorBudgetBurn/medium'],
  },
];

const BOUNDS = ['0.5', '1', '2', '5', '10', '+Inf'] as const;

/** A histogram of one tool: how many calls a minute are not slower than each bound. */
function durations(tool: string, perMinute: readonly number[]): Record<string, string> {
  const labels = { tool_name: tool, status: 'success' };
  const buckets = BOUNDS.map((le, index) => [
    series('mcp_tool_call_duration_seconds_bucket', { ...labels, le }),
    `0+${perMinute[index] ?? 0}x40`,
  ]);
  const total = perMinute.at(-1) ?? 0;
  return {
    ...(Object.fromEntries(buckets) as Record<string, string>),
    [series('mcp_tool_call_duration_seconds_count', labels)]: `0+${total}x40`,
    [series('mcp_tool_call_duration_seconds_sum', labels)]: `0+${total * 0.75}x40`,
    [series('mcp_tool_calls_total', labels)]: `0+${total}x40`,
  };
}

const slow = (severity: 'medium' | 'critical', tool: string, texts?: Firing['texts']): Firing =>
  firing('McpToolLatencyHigh', severity, { job: 'a', tool_name: tool }, texts);

const LATENCY: readonly Case[] = [
  {
    title: 'one call in ten takes one to two seconds',
    series: { ...durations('slow', [8, 9, 10, 10, 10, 10]), ...durations('fast', [10, 10, 10, 10, 10, 10]) },
    fires: {
      '4m': [],
      '20m': [
        slow('medium', 'slow', {
          summary: 'Slow MCP tool slow (a)',
          description:
            'One in twenty calls of slow took longer than 1.5s in the last 5 minutes. Up to 1s is accepted.',
        }),
      ],
    },
    values: [
      {
        at: '20m',
        expression: 'round(job_tool_name:mcp_tool_call_duration_seconds:mean5m, 0.001)',
        samples: { '{job="a",tool_name="slow"}': 0.75, '{job="a",tool_name="fast"}': 0.75 },
      },
      {
        at: '20m',
        expression: 'round(job:mcp_tool_call_duration_seconds:p95_5m, 0.001)',
        samples: { '{job="a"}': 1 },
      },
    ],
  },
  {
    title: 'one call in ten takes five to ten seconds: both levels',
    series: durations('slow', [8, 8, 9, 9, 10, 10]),
    fires: { '4m': [], '20m': [slow('medium', 'slow'), slow('critical', 'slow')] },
  },
  {
    title: 'all calls within a second',
    series: durations('fine', [5, 10, 10, 10, 10, 10]),
    fires: { '20m': [], '35m': [] },
    silent: ['McpToolLatencyHigh/medium', 'McpToolLatencyHigh/critical'],
  },
  {
    title: 'one slow call a minute: too few',
    series: durations('rare', [0, 0, 0, 0, 1, 1]),
    fires: { '20m': [] },
    silent: ['McpToolLatencyHigh/medium', 'McpToolLatencyHigh/critical'],
  },
];

export const ERRORS: readonly Case[] = [...RATE, ...BUDGET, ...LATENCY];
