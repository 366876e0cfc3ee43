/** Alerts about the monitoring itself: silence must not look like health, and what is lost is counted. */
import { enqueueFailures, queueFilling, refusals, sendFailures, waiting } from '../promql/collector-queries';
import { grown } from '../promql/guard-queries';
import {
  internalErrors,
  jobsDown,
  nobodyLeft,
  overflownSeries,
  silentJobs,
  targetsDown,
} from '../promql/rule-queries';
import { above, JOB, PERCENT, VALUE, type AlertGroup, type AlertRule } from './alert';
import { MONITOR_LOSSES } from './finding-alerts';
import { COLLECTOR_JOBS, OWN_JOBS } from './jobs';
import { THRESHOLDS } from './thresholds';

const SILENCE: readonly AlertRule[] = [
  {
    alert: 'McpTargetDown',
    severity: 'medium',
    expression: targetsDown(OWN_JOBS),
    for: '5m',
    summary: `No metrics from {{ $labels.instance }} (${JOB})`,
    description:
      'Prometheus has not been able to scrape {{ $labels.instance }} for 5 minutes: the process has ended, is not reachable, or says what Prometheus refuses. The page of targets in Prometheus shows the error.',
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  },
  {
    alert: 'McpTargetDown',
    severity: 'high',
    expression: jobsDown(COLLECTOR_JOBS),
    for: '5m',
    summary: `No metrics from the Collector {{ $labels.instance }} (${JOB})`,
    description:
      'Prometheus has not been able to scrape the Collector at {{ $labels.instance }} for 5 minutes: nothing is known of the agents that send to it.',
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  },
  {
    alert: 'McpAgentSilent',
    severity: 'medium',
    expression: silentJobs(THRESHOLDS.presentHours),
    for: '10m',
    summary: `MCP metrics of ${JOB} are gone`,
    description: `Metrics of ${JOB} were there for ${VALUE} hours of the last day, and have been missing for 10 minutes.`,
    dashboard: 'mcp-overview',
    about: `An agent that runs now and then is not missed: only one that was there for ${THRESHOLDS.presentHours} hours of the last day.`,
  },
  {
    alert: 'McpMetricsAbsent',
    severity: 'high',
    expression: nobodyLeft(THRESHOLDS.presentHours),
    for: '10m',
    summary: 'No MCP metrics at all',
    description:
      'No metrics of any agent have arrived for 10 minutes, though there were some for hours of the last day: agents, Collector or scraping stand still, and no other alert can fire.',
    dashboard: 'mcp-overview',
    ofNoAgent: true,
  },
];

const LOSSES: readonly AlertRule[] = [
  {
    alert: 'McpTelemetryDropped',
    severity: 'medium',
    expression: above(grown('exportDropped', ['job', 'signal'], { window: '15m' }), 0),
    summary: `Agents lose {{ $labels.signal }} (${JOB})`,
    description: `${VALUE} items of {{ $labels.signal }} could not be delivered in the last 15 minutes: nobody took them. Calls are not affected.`,
    dashboard: 'mcp-runtime',
  },
  {
    alert: 'McpSeriesOverflow',
    severity: 'medium',
    expression: overflownSeries(),
    summary: `MCP metrics have lost their labels (${JOB})`,
    description: `${VALUE} series hold everything past the SDK's limit of 2,000 label sets: which tool, guard or user is lost. It lasts until the process restarts.`,
    dashboard: 'mcp-runtime',
    about: 'The package stays below that limit; an agent whose own SDK has a lower one does not.',
  },
  {
    alert: 'McpLabelOverflow',
    severity: 'low',
    expression: above(grown('labelsOverflow', ['job', 'label'], { window: '1h' }), 0),
    summary: `Too many values of the label {{ $labels.label }} (${JOB})`,
    description: `${VALUE} values of {{ $labels.label }} became __other__ in the last hour. Counts are right, but no longer apart. OTEL_MCP_USER_LABEL=off spares the label for users.`,
    dashboard: 'mcp-runtime',
  },
  {
    alert: 'McpInternalErrors',
    severity: 'low',
    expression: above(internalErrors('1h'), 0),
    summary: `The MCP instrumentation failed in {{ $labels.part }} (${JOB})`,
    description: `${VALUE} failures of {{ $labels.part }} were bypassed in the last hour: the agent did not see them, but some telemetry is missing. The agent's stderr says more.`,
    dashboard: 'mcp-runtime',
  },
];

const EXPORTER = '{{ $labels.exporter }} of the Collector {{ $labels.instance }}';

const COLLECTOR: readonly AlertRule[] = [
  {
    alert: 'McpCollectorExportFailing',
    severity: 'high',
    expression: `${sendFailures()}\nor\n${enqueueFailures()}`,
    for: '5m',
    summary: 'The Collector loses {{ $labels.signal }}',
    description: `${VALUE} items of {{ $labels.signal }} per minute are lost in ${EXPORTER}: refused, out of retries, or without a place in the queue.`,
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  },
  {
    alert: 'McpCollectorNotDelivering',
    severity: 'high',
    expression: waiting(),
    for: '5m',
    summary: 'The Collector cannot deliver',
    description: `${VALUE} items or more wait in the queue of ${EXPORTER}, and none has been sent for 5 minutes: what is behind it is away. Nothing is lost until the queue is full.`,
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  },
  {
    alert: 'McpCollectorQueueNearlyFull',
    severity: 'medium',
    expression: above(queueFilling(), THRESHOLDS.queueFilling),
    for: '2m',
    summary: 'A queue of the Collector is nearly full',
    description: `The queue of ${EXPORTER} is filled to ${PERCENT}; past that it loses what comes.`,
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  },
  {
    alert: 'McpCollectorRefusing',
    severity: 'high',
    expression: refusals(),
    for: '5m',
    summary: 'The Collector refuses {{ $labels.signal }}',
    description: `${VALUE} items of {{ $labels.signal }} per minute are refused by the Collector {{ $labels.instance }}, most often because its memory is short. Agents send again for a while, then lose them.`,
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  },
];

export const PIPELINE: AlertGroup = {
  alertClass: 'pipeline',
  rules: [...SILENCE, ...LOSSES, ...MONITOR_LOSSES, ...COLLECTOR],
};
