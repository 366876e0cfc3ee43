/** Servers that cannot be reached, and the store of limits. */
import { firing, series, type Case } from '../case';

const breaker = (labels: Record<string, string> = {}): string =>
  series('mcpguard_breaker_state', { server_id: 's', ...labels });
const failed = (error_type: string, server_id = 's'): string =>
  series('mcpguard_connection_errors_total', { server_id, error_type });
const store = series('mcpguard_store_errors_total');

export const SERVERS: readonly Case[] = [
  {
    title: 'a breaker opens again and again, half open between',
    series: { [breaker()]: '0x5 2 2 1 2 2 1 2 2 1 2 2 1 2 2 1 0x30' },
    fires: {
      '7m': [],
      '15m': [
        firing(
          'McpCircuitBreakerOpen',
          'medium',
          { job: 'a', server_id: 's' },
          {
            summary: 'The circuit breaker of an MCP server keeps opening (a)',
            description:
              'For more than 5 minutes calls to s have been refused, but for a trial now and then, because too many failed before.',
          },
        ),
      ],
      '30m': [],
    },
  },
  {
    title: 'a breaker is open once and recovers; another is half open',
    series: { [breaker()]: '0x5 2 1 0x30', [breaker({ server_id: 't' })]: '1x30' },
    fires: { '7m': [], '10m': [], '20m': [] },
    silent: ['McpCircuitBreakerOpen'],
  },
  {
    title: 'six connections fail at once, for two reasons',
    series: { [failed('timeout')]: '_x5 4x40', [failed('connection_closed')]: '_x5 2x40' },
    fires: {
      '7m': [
        firing(
          'McpConnectionErrors',
          'medium',
          { job: 'a', server_id: 's' },
          {
            summary: 'MCP server s cannot be reached (a)',
            description: '6 connections to s could not be made in the last 15 minutes.',
          },
        ),
      ],
      '25m': [],
    },
  },
  {
    title: 'five failed connections, five to another server, and twenty that the policy denied',
    series: {
      [failed('timeout')]: '_x5 5x40',
      [failed('timeout', 't')]: '_x5 5x40',
      [failed('access_denied')]: '_x5 20x40',
    },
    fires: { '7m': [], '20m': [] },
    silent: ['McpConnectionErrors'],
  },
  {
    title: 'Redis stays away',
    series: { [store]: '0x5 0+3x30' },
    fires: {
      '9m': [],
      '20m': [
        firing(
          'McpLimitStoreErrors',
          'medium',
          { job: 'a' },
          {
            summary: 'The store of shared MCP limits does not answer (a)',
            description:
              "15 times in the last 5 minutes Redis did not answer in time, and it has gone on for 5 minutes. What holds meanwhile is the policy's limits.store.redis.on_error: by default each process counts for itself.",
          },
        ),
      ],
    },
  },
  {
    title: 'Redis is away for a moment',
    series: { [store]: '0x5 4x40' },
    fires: { '7m': [], '12m': [], '30m': [] },
    silent: ['McpLimitStoreErrors'],
  },
];
