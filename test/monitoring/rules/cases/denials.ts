/** The guide's thresholds on denials: access, rate limits, budgets, and the share of calls. */
import { firing, series, type Case, type Firing } from '../case';

const denied = (labels: Record<string, string> = {}): string =>
  series('mcp_access_denied_total', { guard: 'path_traversal', action: 'blocked', ...labels });

const high = (texts?: Firing['texts']): Firing =>
  firing('HighAccessDeniedRate', 'medium', { job: 'a' }, texts);

const increase1h = (at: string, value: number) => ({
  at,
  expression: 'round(job:mcp_access_denied:increase1h, 0.001)',
  samples: { '{job="a"}': value },
});

/** What `increase()` alone would say. */
const increaseAlone = (at: string, value: number) => ({
  at,
  expression: 'round(sum by (job) (increase(mcp_access_denied_total[1h])), 0.001)',
  samples: { '{job="a"}': value },
});

const ACCESS: readonly Case[] = [
  {
    title: 'one denial a minute for half an hour, zero before',
    series: { [denied()]: '0x30 0+1x30 30x100' },
    fires: { '35m': [], '61m': [high()], '85m': [high()], '125m': [] },
    values: [increase1h('61m', 30)],
  },
  {
    title: 'a burst of 12 in the first scrape that the process ever has',
    series: { [denied()]: '_x30 12x90' },
    fires: {
      '29m': [],
      '31m': [
        high({
          summary: 'High MCP access denied rate (a)',
          description:
            '12 access denied events in the last hour, 12 of them blocked, the others only observed. More than 10 are unusual.',
        }),
      ],
      '85m': [high()],
      '92m': [],
    },
    values: [increase1h('45m', 12), increaseAlone('45m', 0)],
  },
  {
    title: '7 blocked and 5 observed denials count together, and the text tells them apart',
    series: { [denied()]: '_x10 7x30', [denied({ action: 'observed', tool_name: 'b' })]: '_x12 5x30' },
    fires: {
      '11m': [],
      '20m': [
        high({
          summary: 'High MCP access denied rate (a)',
          description:
            '12 access denied events in the last hour, 7 of them blocked, the others only observed. More than 10 are unusual.',
        }),
      ],
    },
  },
  {
    title: 'only observed denials, of a job with a strange name',
    series: { [denied({ job: 'a b/"c"', action: 'observed' })]: '_x10 11x30' },
    fires: {
      '20m': [
        {
          ...firing('HighAccessDeniedRate', 'medium', { job: 'a b/"c"' }),
        },
      ],
    },
  },
  {
    title: 'two tools with 6 denials each',
    series: { [denied({ tool_name: 'read' })]: '0x10 6x60', [denied({ tool_name: 'write' })]: '0x10 6x60' },
    fires: { '9m': [], '30m': [high()] },
    values: [increase1h('30m', 12)],
  },
  {
    title: 'two jobs with 6 denials each',
    series: { [denied()]: '0x10 6x60', [denied({ job: 'b' })]: '0x10 6x60' },
    fires: { '30m': [] },
    silent: ['HighAccessDeniedRate'],
  },
  {
    title: 'exactly ten',
    series: { [denied()]: '_x10 10x60' },
    fires: { '11m': [], '30m': [], '65m': [] },
    silent: ['HighAccessDeniedRate'],
    values: [increase1h('30m', 10)],
  },
  {
    title: 'nine in the first two scrapes, which increase() makes more of than there are',
    series: { [denied()]: '_x10 1 9x60' },
    fires: { '10m': [], '12m': [], '12m30s': [], '13m': [], '30m': [] },
    silent: ['HighAccessDeniedRate'],
    values: [increase1h('13m', 9)],
  },
  {
    title: 'the process restarts within the hour: nine before, nine after',
    series: { [denied()]: '0 0+1x9 0+1x9 9x60' },
    fires: { '8m': [], '30m': [high()] },
    values: [increase1h('30m', 18)],
  },
  {
    title: 'the process restarts between the hour and the one before: a hundred before, three after',
    series: { [denied()]: '100x60 3x80' },
    // Born at 100 at the very beginning: for Prometheus these are new.
    fires: { '30m': [high()], '125m': [], '140m': [] },
    silent: ['HighAccessDeniedRate'],
    values: [increase1h('120m', 3), increase1h('125m', 0)],
  },
  {
    title: 'the target goes right after its burst: the count stays for an hour',
    series: { [denied()]: '_x10 12 12 stale' },
    fires: { '12m': [high()], '40m': [high()], '68m': [high()], '74m': [] },
    values: [increase1h('60m', 12)],
  },
  {
    title: 'the scrape fails for 38 minutes: what was counted is not counted again',
    series: { [denied()]: '12x20 _x38 12x120' },
    fires: { '20m': [high()], '63m': [], '86m': [], '100m': [], '119m': [] },
    silent: ['HighAccessDeniedRate'],
    values: [increase1h('86m', 0)],
  },
  {
    title: 'the scrape fails for two hours: counted again, as the package says',
    series: { [denied()]: '12x20 _x120 12x120' },
    fires: { '100m': [], '150m': [high()], '205m': [] },
  },
  {
    title: 'idle',
    series: { [denied()]: '0x180' },
    fires: { '5m': [], '60m': [], '150m': [] },
    silent: ['HighAccessDeniedRate'],
    values: [increase1h('150m', 0)],
  },
];

const rateLimited = series('mcp_rate_limit_hits_total', {
  guard: 'rate_limit',
  action: 'blocked',
  user_id: 'u',
});
const overBudget = series('mcp_budget_exceeded_total', { guard: 'budget', action: 'observed', user_id: 'u' });

const LIMITS: readonly Case[] = [
  {
    title: '21 rate limit hits at once',
    series: { [rateLimited]: '_x5 21x30' },
    fires: {
      '10m': [
        firing(
          'HighRateLimitHits',
          'medium',
          { job: 'a' },
          {
            summary: 'High MCP rate limit hits (a)',
            description:
              '21 rate limit hits in the last hour, 21 of them blocked, the others only observed. More than 20 are unusual.',
          },
        ),
      ],
    },
    values: [
      {
        at: '10m',
        expression: 'job_user_id:mcp_rate_limit_hits:increase1h',
        samples: { 'job_user_id:mcp_rate_limit_hits:increase1h{job="a",user_id="u"}': 21 },
      },
    ],
  },
  {
    title: '20 rate limit hits',
    series: { [rateLimited]: '_x5 20x30' },
    fires: { '10m': [], '30m': [] },
    silent: ['HighRateLimitHits'],
  },
  {
    title: '6 budget denials, observed',
    series: { [overBudget]: '0x5 0+1x6 6x30' },
    fires: {
      '20m': [
        firing(
          'BudgetExceeded',
          'medium',
          { job: 'a' },
          {
            summary: 'High MCP budget exceeded rate (a)',
            description:
              '6 budget exceeded events in the last hour, 0 of them blocked, the others only observed. More than 5 are unusual.',
          },
        ),
      ],
    },
    values: [
      {
        at: '20m',
        expression: 'job_user_id:mcp_budget_exceeded:increase1h',
        samples: { 'job_user_id:mcp_budget_exceeded:increase1h{job="a",user_id="u"}': 6 },
      },
    ],
  },
  {
    title: '5 budget denials',
    series: { [overBudget]: '0x5 0+1x5 5x30' },
    fires: { '20m': [], '40m': [] },
    silent: ['BudgetExceeded'],
  },
];

const calls = (status: string): string => series('mcp_tool_calls_total', { tool_name: 't', status });

const RATIO: readonly Case[] = [
  {
    title: '2 % of 200 calls denied',
    series: { [calls('success')]: '0+4x49 196x20', [calls('denied')]: '_x48 4x20' },
    fires: {
      '48m': [],
      '52m': [],
      '60m': [
        firing(
          'McpDenialRatioHigh',
          'low',
          { job: 'a' },
          {
            summary: 'Many MCP calls are denied (a)',
            description:
              '2% of 200 tool calls in the last hour were denied. Below 1 % is usual: either something tries what it may not, or the policy is too strict.',
          },
        ),
      ],
    },
    values: [
      {
        at: '60m',
        expression: 'job:mcp_tool_calls:increase1h',
        samples: { 'job:mcp_tool_calls:increase1h{job="a"}': 200 },
      },
    ],
  },
  {
    title: '1 % of 400 calls denied',
    series: { [calls('success')]: '0+8x49 396x20', [calls('denied')]: '_x48 4x20' },
    fires: { '60m': [] },
    silent: ['McpDenialRatioHigh'],
  },
  {
    title: 'tiny traffic: one denial in twenty calls',
    series: { [calls('success')]: '0+1x19 19x40', [calls('denied')]: '_x10 1x40' },
    fires: { '30m': [], '50m': [] },
    silent: ['McpDenialRatioHigh'],
  },
];

export const DENIALS: readonly Case[] = [...ACCESS, ...LIMITS, ...RATIO];
