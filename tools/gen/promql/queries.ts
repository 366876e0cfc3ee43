/**
 * The questions that rules and dashboards ask of the metrics, once each. Recording rules ask them of everything, panels of
 * what their variables select.
 *
 * Words (docs/telemetry.md): calls are attempted ones; the error ratio leaves denied calls out, since they never ran; the
 * denial ratio is over all calls.
 */
import { growthBy, quantile, rateBy, ratio, select, sumBy, type Scope, type Window } from './expressions';
import { bucket, count, SERIES, sum, type LabelOf } from './series';

type CallLabel = LabelOf<typeof SERIES.toolCalls>;
type ErrorLabel = LabelOf<typeof SERIES.toolCallErrors>;
type DurationLabel = LabelOf<typeof SERIES.toolCallDuration>;
type DenialLabel = LabelOf<typeof SERIES.accessDenied>;

/** What the guide's three counters count. */
export const DENIALS = {
  access: SERIES.accessDenied,
  rateLimit: SERIES.rateLimitHits,
  budget: SERIES.budgetExceeded,
} as const;

export interface Question {
  readonly scope?: Scope;
  readonly window: Window;
}

/** Calls that ran: neither successes nor errors are counted among the denied. */
const RAN = { status: '!="denied"' } as const;

/** Calls per second. */
export const callRate = (by: readonly CallLabel[], { window, ...where }: Question): string =>
  rateBy(by, { series: SERIES.toolCalls, ...where }, window);

/** How many calls were attempted within the window. */
export const calls = (by: readonly CallLabel[], { window, ...where }: Question): string =>
  growthBy(by, { series: SERIES.toolCalls, ...where }, window);

/** How many calls ran (were not denied) within the window. */
const callsRun = (by: readonly CallLabel[], { window, ...where }: Question): string =>
  growthBy(by, { series: SERIES.toolCalls, ...where, where: RAN }, window);

/** How many calls failed within the window. */
export const errors = (by: readonly ErrorLabel[], { window, ...where }: Question): string =>
  growthBy(by, { series: SERIES.toolCallErrors, ...where }, window);

/** Share of the calls that ran and failed, 0 to 1; first values of new series count. */
export const errorRatio = (by: readonly (CallLabel & ErrorLabel)[], question: Question): string =>
  ratio(errors(by, question), callsRun(by, question));

/**
 * Nobody was there to answer, or not in time: timeouts, errors of the transport, and HTTP's own refusals of the server's side.
 * `process_exit` is not among them: it was the agent that ended.
 */
const UNAVAILABLE = {
  error_type: '=~"timeout|transport_error|connection_closed|not_connected|5[0-9][0-9]"',
} as const;

/** How many calls found no server that answered, within the window. */
export const unavailable = (by: readonly ErrorLabel[], { window, ...where }: Question): string =>
  growthBy(by, { series: SERIES.toolCallErrors, ...where, where: UNAVAILABLE }, window);

/** Share of the calls that ran and found a server that answered, whatever it answered, 0 to 1. */
export const availability = (by: readonly (CallLabel & ErrorLabel)[], question: Question): string =>
  `1 - ${ratio(unavailable(by, question), callsRun(by, question))}`;

/** Share of the calls that were denied, 0 to 1. */
export const denialRatio = (by: readonly CallLabel[], question: Question): string => {
  const { window, ...where } = question;
  const denied = { series: SERIES.toolCalls, ...where, where: { status: '="denied"' } };
  return ratio(growthBy(by, denied, window), calls(by, question));
};

/** Mean duration of calls in seconds. */
export const meanDuration = (by: readonly DurationLabel[], { window, ...where }: Question): string => {
  const duration = SERIES.toolCallDuration;
  const seconds = rateBy(by, { series: sum(duration), ...where }, window);
  const times = rateBy(by, { series: count(duration), ...where }, window);
  return `${seconds}\n/ (${times} > 0)`;
};

/**
 * Calls by duration: one result per bucket, for a histogram view.
 *
 * One bound has two names, `1` and `1.0`, where a Prometheus before 3.0 scrapes agents as well as a Collector that speaks
 * OpenMetrics: without one name for both, a heatmap has every whole bound twice. (Quantiles take equal bounds together.)
 */
export const durationBuckets = (by: readonly DurationLabel[], { window, ...where }: Question): string => {
  const growth = `increase(${select({ series: bucket(SERIES.toolCallDuration), ...where }, `[${window}]`)})`;
  return sumBy(['le', ...by], `label_replace(${growth}, "le", "$1", "le", "(.+)[.]0")`);
};

/** The duration in seconds that a share `q` of the calls does not exceed. */
export const durationQuantile = (
  q: number,
  by: readonly DurationLabel[],
  { window, ...where }: Question,
): string =>
  quantile(q, rateBy(['le', ...by], { series: bucket(SERIES.toolCallDuration), ...where }, window));

/** How many calls the guards of one kind denied within the window, observed ones included. */
export const denials = (
  kind: keyof typeof DENIALS,
  by: readonly DenialLabel[],
  { window, ...where }: Question,
): string => growthBy(by, { series: DENIALS[kind], ...where }, window);
