/** Availability, and the file of too few calls, which is switched on in these cases only. */
import { firing, series, type Case } from '../case';

const calls = (status: string): string => series('mcp_tool_calls_total', { tool_name: 't', status });
const failed = (error_type: string): string =>
  series('mcp_tool_call_errors_total', { tool_name: 't', error_type });

const few = (severity: 'medium' | 'critical', rate: string, limit: number) =>
  firing(
    'McpThroughputLow',
    severity,
    { job: 'a' },
    {
      summary: 'Few MCP calls (a)',
      description: `${rate} tool calls per second in the last 5 minutes, for 5 minutes fewer than ${limit}.`,
    },
  );

export const TRAFFIC: readonly Case[] = [
  {
    title:
      'availability: tools that fail were there, servers that do not answer were not, denied calls never asked',
    series: {
      [calls('success')]: '0+90x90',
      [calls('error')]: '0+10x90',
      [calls('denied')]: '0+50x90',
      // Six of ten: no answer. Below the levels of the other alerts.
      [failed('timeout')]: '0+1x90',
      [failed('transport_error')]: '0+1x90',
      [failed('connection_closed')]: '0+1x90',
      [failed('not_connected')]: '0+1x90',
      [failed('503')]: '0+2x90',
      [failed('tool_error')]: '0+2x90',
      [failed('-32602')]: '0+1x90',
      [failed('process_exit')]: '0+1x90',
    },
    fires: {},
    values: [
      {
        at: '30m',
        expression: 'round(job:mcp_tool_calls:availability5m, 0.0001)',
        samples: { '{job="a"}': 0.94 },
      },
      {
        at: '80m',
        expression: 'round(job:mcp_tool_calls:availability1h, 0.0001)',
        samples: { '{job="a"}': 0.94 },
      },
      {
        at: '30m',
        expression: 'round(job:mcp_tool_calls:rate5m, 0.001)',
        samples: { '{job="a"}': 2.5 },
      },
    ],
  },
  {
    title: 'availability without an error is 1, and without a call it is not there',
    series: { [calls('success')]: '0+10x30 300x60' },
    fires: {},
    values: [
      {
        at: '20m',
        expression: 'job:mcp_tool_calls:availability5m',
        samples: { 'job:mcp_tool_calls:availability5m{job="a"}': 1 },
      },
      { at: '50m', expression: 'job:mcp_tool_calls:availability5m', samples: {} },
    ],
  },
];

/** 6,000 calls a minute are 100 a second. */
export const THROUGHPUT: readonly Case[] = [
  {
    title: 'calls fall below the first level, then below both, then stop',
    optional: true,
    series: { [calls('success')]: '0+6600x20 132000+4500x20 222000+1800x20 258000x20' },
    fires: {
      '18m': [],
      '38m': [few('medium', '75', 100)],
      '58m': [few('medium', '30', 100), few('critical', '30', 50)],
      '75m': [few('medium', '0', 100), few('critical', '0', 50)],
    },
  },
  {
    title: 'calls at the first level, and a dip of two minutes',
    optional: true,
    series: { [calls('success')]: '0+6100x30 183000+3000x2 189000+6100x30' },
    fires: { '25m': [], '34m': [], '50m': [] },
    silent: ['McpThroughputLow'],
  },
];
