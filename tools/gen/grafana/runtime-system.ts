/** Panels of "MCP / Runtime" about the machines and the agents' processes. */
import {
  bytesMoved,
  cpuUtilisation,
  diskUtilisation,
  heapUsed,
  loopDelay,
  loopUtilisation,
  memoryUtilisation,
  processCpu,
  processMemory,
} from '../promql/host-queries';
import { lines } from './panels';
import { HOST_CPU, HOST_DISK, HOST_MEMORY } from './steps';
import { UNITS } from './units';
import { CHOSEN } from './variables';

const LINES = 10;
const SOURCES =
  'Of the hosts that agents (`OTEL_MCP_HOST_METRICS=on`) or Collectors (`collector-hostmetrics.yaml`) measure.';
const COLLECTORS = 'Measured by Collectors with `collector-hostmetrics.yaml`.';
const AGENTS = `Of the ${LINES} highest processes of agents with \`OTEL_MCP_HOST_METRICS=on\`.`;
const PROCESS = '{{job}} {{process}}';

const hosts = () => [
  lines({
    title: 'Processors',
    description: `Share of the time that a host’s processors did something. ${SOURCES} Warning above 80 %, critical above 95 %, as in the alert McpHostCpuHigh.`,
    unit: UNITS.ratio,
    queries: [{ expr: cpuUtilisation(['host'], CHOSEN), legend: '{{host}}' }],
    thresholds: HOST_CPU,
    max: 1,
  }),
  lines({
    title: 'Memory',
    description: `Share of a host’s memory that is in use, caches not counted. ${SOURCES} Warning above 85 %, critical above 95 %, as in the alert McpHostMemoryHigh.`,
    unit: UNITS.ratio,
    queries: [{ expr: memoryUtilisation(['host'], CHOSEN), legend: '{{host}}' }],
    thresholds: HOST_MEMORY,
    max: 1,
  }),
  lines({
    title: 'File systems',
    description: `How full each file system is. ${COLLECTORS} Warning above 80 %, critical above 90 %, as in the alert McpHostDiskHigh.`,
    unit: UNITS.ratio,
    queries: [{ expr: diskUtilisation(['host', 'mountpoint']), legend: '{{host}} {{mountpoint}}' }],
    thresholds: HOST_DISK,
    max: 1,
  }),
];

const traffic = () => [
  lines({
    title: 'Disk',
    description: `Bytes per second that a host’s disks read and wrote. ${COLLECTORS}`,
    unit: UNITS.bytesPerSecond,
    queries: [{ expr: bytesMoved('disk', '$__rate_interval'), legend: '{{host}} {{direction}}' }],
  }),
  lines({
    title: 'Network',
    description: `Bytes per second that a host’s interfaces received and transmitted, loopback not counted. ${COLLECTORS}`,
    unit: UNITS.bytesPerSecond,
    queries: [{ expr: bytesMoved('network', '$__rate_interval'), legend: '{{host}} {{direction}}' }],
  }),
  lines({
    title: 'Event loop delay p99',
    description: `99 of 100 turns of the event loop came no further apart. ${AGENTS} About 10 ms where nothing holds it up: that is how often is looked.`,
    unit: UNITS.seconds,
    queries: [{ expr: loopDelay(LINES, CHOSEN), legend: PROCESS }],
  }),
];

const processes = () => [
  lines({
    title: 'Process: processors',
    description: `Share of all processors of the host that a process used. ${AGENTS}`,
    unit: UNITS.ratio,
    queries: [{ expr: processCpu(LINES, CHOSEN), legend: PROCESS }],
  }),
  lines({
    title: 'Process: memory',
    description: `Memory that a process holds, and what of it V8’s heap uses. ${AGENTS}`,
    unit: UNITS.bytes,
    queries: [
      { expr: processMemory(LINES, CHOSEN), legend: PROCESS },
      { expr: heapUsed(LINES, CHOSEN), legend: `${PROCESS} heap` },
    ],
  }),
  lines({
    title: 'Process: event loop',
    description: `Share of the time that the event loop was busy. ${AGENTS} At 100 % everything in the process waits.`,
    unit: UNITS.ratio,
    queries: [{ expr: loopUtilisation(LINES, CHOSEN), legend: PROCESS }],
    max: 1,
  }),
];

/** Three lines of three. */
export const systemLines = () =>
  [hosts(), traffic(), processes()].map((panels) => ({
    height: 8,
    panels: panels.map((panel) => [8, panel] as const),
  }));
