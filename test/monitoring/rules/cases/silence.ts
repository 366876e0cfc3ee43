/** Whoever says nothing. */
import { firing, series, type Case } from '../case';

const up = (job: string, instance: string): string => `up{job="${job}",instance="${instance}"}`;
const connections = (labels: Record<string, string> = {}): string =>
  series('mcp_active_connections', { server_id: 's', ...labels });

const down = (
  severity: 'medium' | 'high',
  job: string,
  instance: string,
  texts?: { summary: string; description: string },
) => firing('McpTargetDown', severity, { job, instance }, texts);

export const SILENCE: readonly Case[] = [
  {
    title: 'an agent’s page cannot be scraped',
    series: { [up('mcp-agents', 'h:1')]: '1x10 0x20', [up('mcp-agents', 'h:2')]: '1x30' },
    fires: {
      '12m': [],
      '20m': [
        down('medium', 'mcp-agents', 'h:1', {
          summary: 'No metrics from h:1 (mcp-agents)',
          description:
            'Prometheus has not been able to scrape h:1 for 5 minutes: the process has ended, is not reachable, or says what Prometheus refuses. The page of targets in Prometheus shows the error.',
        }),
      ],
    },
  },
  {
    title: 'an agent whose job has a name of its own',
    series: {
      [up('support', 'h:1')]: '1x10 0x40',
      [connections({ job: 'support', instance: 'h:1' })]: '1x10 stale',
    },
    fires: { '20m': [down('medium', 'support', 'h:1')] },
  },
  {
    title: 'targets that have nothing to do with MCP, and one that misses two scrapes',
    series: { [up('node', 'h:9100')]: '0x60', [up('mcp-agents', 'h:1')]: '1x10 0 0 1x30' },
    fires: { '11m30s': [], '20m': [], '40m': [] },
    silent: ['McpTargetDown/medium', 'McpTargetDown/high'],
  },
  {
    title: 'the Collector is away',
    series: { [up('mcp-collector', 'c:8888')]: '1x10 0x20' },
    fires: {
      '12m': [],
      '20m': [
        down('medium', 'mcp-collector', 'c:8888', {
          summary: 'No metrics from c:8888 (mcp-collector)',
          description:
            'Prometheus has not been able to scrape c:8888 for 5 minutes: the process has ended, is not reachable, or says what Prometheus refuses. The page of targets in Prometheus shows the error.',
        }),
        down('high', 'mcp-collector', 'c:8888', {
          summary: 'No metrics from the Collector c:8888 (mcp-collector)',
          description:
            'Prometheus has not been able to scrape the Collector at c:8888 for 5 minutes: nothing is known of the agents that send to it.',
        }),
      ],
    },
  },
  {
    title: 'an agent that was there for seven hours is gone, another stays',
    every: '4m',
    series: { [connections()]: '1x420 stale', [connections({ job: 'b' })]: '1x600' },
    fires: {
      '419m': [],
      '425m': [],
      '440m': [
        firing(
          'McpAgentSilent',
          'medium',
          { job: 'a' },
          {
            summary: 'MCP metrics of a are gone',
            description:
              'Metrics of a were there for 7.083 hours of the last day, and have been missing for 10 minutes.',
          },
        ),
      ],
      '600m': [firing('McpAgentSilent', 'medium', { job: 'a' })],
    },
    silent: ['McpMetricsAbsent'],
  },
  {
    title: 'an agent that runs for half an hour now and then; one that is there and idle',
    every: '4m',
    series: { [connections()]: '1x30 stale _x120 1x30 stale', [connections({ job: 'b' })]: '0x600' },
    fires: { '60m': [], '170m': [], '300m': [], '600m': [] },
    silent: ['McpAgentSilent'],
  },
  {
    title: 'the process of an agent is replaced by another',
    every: '4m',
    series: { [connections()]: '1x420 stale', [connections({ instance: 'j' })]: '_x425 1x100' },
    fires: { '424m': [], '440m': [] },
    silent: ['McpAgentSilent'],
  },
  {
    title: 'all of them are gone',
    every: '4m',
    series: { [connections()]: '1x420 stale', [connections({ job: 'b' })]: '1x400 stale' },
    fires: {
      '425m': [firing('McpAgentSilent', 'medium', { job: 'b' })],
      '440m': [
        firing('McpAgentSilent', 'medium', { job: 'a' }),
        firing('McpAgentSilent', 'medium', { job: 'b' }),
        firing(
          'McpMetricsAbsent',
          'high',
          {},
          {
            summary: 'No MCP metrics at all',
            description:
              'No metrics of any agent have arrived for 10 minutes, though there were some for hours of the last day: agents, Collector or scraping stand still, and no other alert can fire.',
          },
        ),
      ],
    },
  },
  {
    title: 'there never was one',
    every: '4m',
    series: { [up('mcp-prometheus', 'p')]: '1x900' },
    fires: { '30m': [], '800m': [] },
    silent: ['McpMetricsAbsent', 'McpAgentSilent'],
  },
];
