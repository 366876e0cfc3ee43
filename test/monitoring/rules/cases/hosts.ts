/** Hosts as agents and as Collectors measure them, by the names that either has in Prometheus. */
import { firing, series, type Case, type Firing } from '../case';

/** Of an agent: `@opentelemetry/host-metrics`. */
const agentCpu = (cpu: string, state: string, labels: Record<string, string> = {}): string =>
  series('system_cpu_utilization', {
    system_cpu_logical_number: cpu,
    system_cpu_state: state,
    ...labels,
  });
const agentMemory = (state: string, labels: Record<string, string> = {}): string =>
  series('system_memory_utilization', { system_memory_state: state, ...labels });
const agent = (host_name: string, labels: Record<string, string> = {}): Record<string, string> => ({
  [series('mcp_active_connections', { server_id: 's', agent_name: 'n', ...labels })]: '1x60',
  [series('target_info', { host_name, process_pid: '7', ...labels })]: '1x60',
});

/** Of a Collector: the `host_metrics` receiver. */
const COLLECTOR = { job: 'mcp-collector-metrics', instance: 'one:8889' };
const collectorCpu = (state: string): string =>
  series('system_cpu_utilization_ratio', { ...COLLECTOR, state });
const collectorMemory = (state: string): string =>
  series('system_memory_utilization_ratio', { ...COLLECTOR, state });
const disk = (mountpoint: string, labels: Record<string, string> = {}): string =>
  series('system_filesystem_utilization_ratio', {
    ...COLLECTOR,
    device: '/dev/sda',
    mode: 'rw',
    mountpoint,
    type: 'ext4',
    ...labels,
  });

/** Busy processors of an agent's host: two of them, by the shares that are idle. */
const idle = (first: string, second: string, labels: Record<string, string> = {}) => ({
  [agentCpu('0', 'idle', labels)]: first,
  [agentCpu('1', 'idle', labels)]: second,
});

const full = (
  alert: string,
  severity: 'medium' | 'critical',
  labels: Record<string, string>,
  texts?: Firing['texts'],
): Firing => firing(alert, severity, labels, texts);

const ofAgent = { job: 'a', host: 'hera' };
const ofCollector = { job: COLLECTOR.job, host: COLLECTOR.instance };

const record = (
  name: string,
  at: string,
  samples: Record<string, number>,
): NonNullable<Case['values']>[0] => ({
  at,
  expression: `round(${name}, 0.001)`,
  samples,
});

export const HOSTS: readonly Case[] = [
  {
    title: 'processors of an agent’s host, between the two levels and then above both',
    series: {
      ...agent('hera'),
      ...idle('0.5x5 0.2x20 0.02x40', '0.3x5 0.1x20 0.02x40'),
      [agentCpu('0', 'user')]: '0.4x5 0.75x20 0.9x40',
      [agentCpu('1', 'user')]: '0.6x5 0.8x20 0.9x40',
      [agentCpu('0', 'system')]: '0.1x5 0.05x20 0.08x40',
      [agentCpu('1', 'system')]: '0.1x5 0.1x20 0.08x40',
    },
    fires: {
      '5m': [],
      '14m': [
        full('McpHostCpuHigh', 'medium', ofAgent, {
          summary: 'The processors of hera are busy',
          description: '85% of the processors of hera (a) are in use, for 5 minutes more than 80 %.',
        }),
      ],
      '35m': [full('McpHostCpuHigh', 'medium', ofAgent), full('McpHostCpuHigh', 'critical', ofAgent)],
    },
    values: [
      record('job_host:mcp_host_cpu:utilization', '5m', {
        '{job="a",host="hera"}': 0.6,
      }),
    ],
  },
  {
    title: 'the same of a Collector’s host; waiting for a disk is not work',
    series: {
      [collectorCpu('idle')]: '0.02x60',
      [collectorCpu('user')]: '0.5x20 0.9x40',
      [collectorCpu('system')]: '0.06x60',
      [collectorCpu('wait')]: '0.42x20 0.02x40',
    },
    fires: {
      '15m': [],
      '40m': [full('McpHostCpuHigh', 'medium', ofCollector), full('McpHostCpuHigh', 'critical', ofCollector)],
    },
  },
  {
    title: 'processors that are busy for three minutes, and for long just below the level',
    series: {
      ...agent('hera'),
      ...idle('0.5x5 0x2 0.21x60', '0.5x5 0x2 0.21x60'),
      [agentCpu('0', 'user')]: '0.5x5 1x2 0.79x60',
      [agentCpu('1', 'user')]: '0.5x5 1x2 0.79x60',
    },
    fires: { '8m': [], '14m': [], '40m': [] },
    silent: ['McpHostCpuHigh'],
  },
  {
    title: 'memory of both, above both levels; two processes of one host are one host',
    series: {
      ...agent('hera'),
      ...agent('hera', { instance: 'j' }),
      [agentMemory('used')]: '0.5x5 0.9x20 0.96x40',
      [agentMemory('used', { instance: 'j' })]: '0.5x5 0.9x20 0.96x40',
      [agentMemory('free')]: '0.5x5 0.1x20 0.04x40',
      [collectorMemory('used')]: '0.5x5 0.86x60',
      [collectorMemory('cached')]: '0.4x60',
    },
    fires: {
      '5m': [],
      '14m': [
        full('McpHostMemoryHigh', 'medium', ofAgent, {
          summary: 'The memory of hera is nearly used up',
          description: '90% of the memory of hera (a) is in use, for 5 minutes more than 85 %.',
        }),
        full('McpHostMemoryHigh', 'medium', ofCollector, {
          summary: 'The memory of one:8889 is nearly used up',
          description:
            '86% of the memory of one:8889 (mcp-collector-metrics) is in use, for 5 minutes more than 85 %.',
        }),
      ],
      '40m': [
        full('McpHostMemoryHigh', 'medium', ofAgent),
        full('McpHostMemoryHigh', 'critical', ofAgent),
        full('McpHostMemoryHigh', 'medium', ofCollector),
      ],
    },
  },
  {
    title: 'memory just below, and full memory of a program that is none of ours',
    series: {
      ...agent('hera'),
      [agentMemory('used')]: '0.84x60',
      [agentMemory('used', { job: 'shop', instance: 'x' })]: '0.99x60',
      [series('target_info', { job: 'shop', instance: 'x', host_name: 'zeus' })]: '1x60',
      [series('system_memory_utilization_ratio', { job: 'others', instance: 'y', state: 'used' })]: '0.99x60',
    },
    fires: { '14m': [], '40m': [] },
    silent: ['McpHostMemoryHigh'],
    values: [
      record('job_host:mcp_host_memory:utilization', '14m', {
        '{job="a",host="hera"}': 0.84,
      }),
    ],
  },
  {
    title: 'an agent that does not say the name of its host is called by its address',
    series: {
      [series('mcp_active_connections', { server_id: 's', agent_name: 'n' })]: '1x60',
      [series('target_info', { process_pid: '7' })]: '1x60',
      [agentMemory('used')]: '0.9x60',
    },
    fires: { '14m': [full('McpHostMemoryHigh', 'medium', { job: 'a', host: 'i' })] },
  },
  {
    title: 'one disk above the first level, one above both, and one that cannot be written to',
    series: {
      [disk('/')]: '0.5x5 0.85x60',
      [disk('/data')]: '0.5x5 0.91x60',
      [disk('/image', { mode: 'ro' })]: '1x60',
    },
    fires: {
      '5m': [],
      '14m': [
        full(
          'McpHostDiskHigh',
          'medium',
          { ...ofCollector, mountpoint: '/' },
          {
            summary: '/ of one:8889 is nearly full',
            description:
              '85% of the file system / of one:8889 (mcp-collector-metrics) is in use, for 5 minutes more than 80 %.',
          },
        ),
        full(
          'McpHostDiskHigh',
          'medium',
          { ...ofCollector, mountpoint: '/data' },
          {
            summary: '/data of one:8889 is nearly full',
            description:
              '91% of the file system /data of one:8889 (mcp-collector-metrics) is in use, for 5 minutes more than 80 %.',
          },
        ),
        full(
          'McpHostDiskHigh',
          'critical',
          { ...ofCollector, mountpoint: '/data' },
          {
            summary: '/data of one:8889 is nearly full',
            description:
              '91% of the file system /data of one:8889 (mcp-collector-metrics) is in use, for 5 minutes more than 90 %.',
          },
        ),
      ],
    },
  },
  {
    title: 'a disk just below',
    series: { [disk('/')]: '0.8x60' },
    fires: { '14m': [], '40m': [] },
    silent: ['McpHostDiskHigh'],
  },
];
