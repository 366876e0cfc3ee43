/**
 * Questions about hosts and processes. Two sources give them: agents under OTEL_MCP_HOST_METRICS, by OpenTelemetry's own packages,
 * and the Collector with collector-hostmetrics.yaml. They differ in names and labels; what is asked here has one result for each
 * host, label `host`: the host's name where an agent says it, else the address of the Collector.
 */
import { indent, select, sumBy, type Scope } from './expressions';
import { prometheusNames } from '../prometheus-names';
import { HOST_SIGNALS } from './host-signals';
import { record, SERIES, type Series } from './series';

/** What agents measure, in Prometheus: one name, or one for each way that it may have come. */
function namesOf(metric: string): readonly [string, ...string[]] {
  const signal = HOST_SIGNALS.find(({ name }) => name === metric);
  if (signal === undefined) throw new Error(`nobody measures ${metric}`);
  const { exporter, collector } = prometheusNames(signal);
  return exporter === collector ? [exporter] : [exporter, collector];
}

const ofOneName = <Label extends string>(metric: string, ...labels: Label[]): Series<Label> => {
  const [name, ...others] = namesOf(metric);
  if (others.length > 0) throw new Error(`${metric} has more names than one`);
  return record(name, ...labels);
};

const AGENT = {
  cpu: ofOneName('system.cpu.utilization', 'job', 'instance', 'system_cpu_state'),
  memory: ofOneName('system.memory.utilization', 'job', 'instance', 'system_memory_state'),
  processCpu: ofOneName('process.cpu.utilization', 'job', 'instance', 'process_cpu_state'),
  processMemory: ofOneName('process.memory.usage', 'job', 'instance'),
} as const;

/** As the Collector's `host_metrics` receiver names them. */
const HOST = {
  cpu: record('system_cpu_utilization_ratio', 'job', 'instance', 'state'),
  memory: record('system_memory_utilization_ratio', 'job', 'instance', 'state'),
  filesystem: record('system_filesystem_utilization_ratio', 'job', 'instance', 'mountpoint', 'mode'),
  disk: record('system_disk_io_bytes_total', 'job', 'instance', 'direction'),
  network: record('system_network_io_bytes_total', 'job', 'instance', 'direction'),
} as const;

const TARGET_INFO = record('target_info', 'job', 'instance', 'host_name', 'process_pid');
const BY_PROCESS = ['job', 'instance'] as const;

/** The shipped jobs: other programs may have series of these names. */
const ofCollector = { job: '=~"mcp-.+"' } as const;

/** `and` a series of this package: other programs measure themselves under the same names. */
const ofAgents = (scope: Scope): string =>
  `and on (job, instance) ${select({ series: SERIES.activeConnections, scope })}`;

const relabelled = (expression: string, to: string, from: string): string =>
  `label_replace(\n${indent(expression)},\n  "${to}", "$1", "${from}", "(.+)"\n)`;

/** With labels of the process that says it: of one series of its `target_info`, so that a match is never of several. */
function withInfo(expression: string, labels: readonly string[], scope: Scope): string {
  const info = `${select({ series: TARGET_INFO, scope })} ${ofAgents(scope)}`;
  const one = `topk by (job, instance) (1, max by (job, instance, ${labels.join(', ')}) (${info}))`;
  return `(\n${indent(expression)}\n)\n* on (job, instance) group_left (${labels.join(', ')})\n(${one} > bool 0)`;
}

/** One value for each host of agents; all processes of a host say about the same. */
const byHostOfAgents = (expression: string, scope: Scope): string =>
  relabelled(relabelled(withInfo(expression, ['host_name'], scope), 'host', 'instance'), 'host', 'host_name');

const byHostOfCollector = (expression: string): string => relabelled(expression, 'host', 'instance');

/** Clocks are read one after the other: a busy processor has now and then 101 %. */
const atMostAll = (share: string): string => `clamp_max(\n${indent(share)},\n  1\n)`;

const union = (by: readonly string[], ...parts: readonly string[]): string =>
  `max by (${by.join(', ')}) (\n${parts.map((part) => indent(part)).join('\n  or\n')}\n)`;

const collectorCpu = (matcher: string): string =>
  select({ series: HOST.cpu, where: { ...ofCollector, state: matcher } });

/** The states in which it is busy, over the number of processors. */
const busy = (states: string, idle: string): string =>
  atMostAll(`${sumBy(BY_PROCESS, states)}\n/ count by (${BY_PROCESS.join(', ')}) (${idle})`);

/** Share of the time that a host's processors did something, 0 to 1. Waiting for a disk is not among it. */
export function cpuUtilisation(by: readonly ('job' | 'host')[], scope: Scope): string {
  const agent = (matcher: string): string =>
    select({ series: AGENT.cpu, scope, where: { system_cpu_state: matcher } });
  return union(
    by,
    byHostOfAgents(busy(agent('!="idle"'), agent('="idle"')), scope),
    byHostOfCollector(busy(collectorCpu('!~"idle|wait"'), collectorCpu('="idle"'))),
  );
}

/** Share of a host's memory that is in use, caches not counted, 0 to 1. */
export const memoryUtilisation = (by: readonly ('job' | 'host')[], scope: Scope): string =>
  union(
    by,
    byHostOfAgents(
      sumBy(BY_PROCESS, select({ series: AGENT.memory, scope, where: { system_memory_state: '="used"' } })),
      scope,
    ),
    byHostOfCollector(
      sumBy(BY_PROCESS, select({ series: HOST.memory, where: { ...ofCollector, state: '="used"' } })),
    ),
  );

/** How full each file system is that can be written to, 0 to 1; of the Collector's hosts alone. */
export const diskUtilisation = (by: readonly ('job' | 'host' | 'mountpoint')[]): string =>
  union(
    by,
    byHostOfCollector(select({ series: HOST.filesystem, where: { ...ofCollector, mode: '!="ro"' } })),
  );

/** Bytes per second that a host's disks or interfaces moved, by direction; of the Collector's hosts alone. */
export const bytesMoved = (what: 'disk' | 'network', window: string): string =>
  sumBy(
    ['host', 'direction'],
    byHostOfCollector(`rate(${select({ series: HOST[what], where: ofCollector }, `[${window}]`)})`),
  );

/** The `n` highest, by `job` and `process`: `host:pid` where the agent says them, else its instance. */
function ofProcesses(n: number, expression: string, scope: Scope): string {
  const joined = withInfo(expression, ['host_name', 'process_pid'], scope);
  const named = `label_join(\n${indent(relabelled(joined, 'process', 'instance'))},\n  "named", ":", "host_name", "process_pid"\n)`;
  const processes = `label_replace(\n${indent(named)},\n  "process", "$1", "named", "(.*:.+)"\n)`;
  return `topk(${n}, max by (job, process) (\n${indent(processes)}\n))`;
}

/** Whichever way it came. */
function anyName(metric: string, scope: Scope): string {
  const matchers = select({ series: record('', 'job', 'instance'), scope }).slice(1, -1);
  const name = `__name__=~"${namesOf(metric).join('|')}"`;
  return `{${[name, matchers].filter((part) => part !== '').join(',')}}`;
}

/** Share of the host's processors that an agent's process used, 0 to 1. */
export const processCpu = (n: number, scope: Scope): string =>
  ofProcesses(n, atMostAll(sumBy(BY_PROCESS, select({ series: AGENT.processCpu, scope }))), scope);

/** Bytes of memory that an agent's process holds (resident set). */
export const processMemory = (n: number, scope: Scope): string =>
  ofProcesses(n, sumBy(BY_PROCESS, select({ series: AGENT.processMemory, scope })), scope);

/** Bytes of it that are in use in V8's heap. */
export const heapUsed = (n: number, scope: Scope): string =>
  ofProcesses(n, sumBy(BY_PROCESS, anyName('v8js.memory.heap.used', scope)), scope);

/** Share of the time that an agent's event loop was busy, 0 to 1. */
export const loopUtilisation = (n: number, scope: Scope): string =>
  ofProcesses(n, `max by (job, instance) (${anyName('nodejs.eventloop.utilization', scope)})`, scope);

/** Seconds that 99 of 100 turns of the event loop came apart at most; 0.01 where nothing holds it up. */
export const loopDelay = (n: number, scope: Scope): string =>
  ofProcesses(n, `max by (job, instance) (${anyName('nodejs.eventloop.delay.p99', scope)})`, scope);
