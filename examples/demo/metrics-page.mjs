/** The part of a Prometheus page that is about MCP, for reading. */
import { bold, dim, print } from './terminal.mjs';

/** The monitoring guide's metrics that every traced agent has. */
export const GUIDE_METRICS = [
  'mcp_tool_calls_total',
  'mcp_tool_call_duration_seconds_count',
  'mcp_tool_call_errors_total',
  'mcp_active_connections',
];

export async function readPage(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return await answer.text();
  } catch (error) {
    throw new Error(`the metrics page ${url} could not be read: ${error.cause?.message ?? error.message}`, {
      cause: error,
    });
  }
}

/** Samples of MCP metrics: name, labels without those of the scope, value. */
export function samplesOf(page) {
  const lines = page.split('\n').filter((line) => /^mcp(guard)?_/.test(line));
  return lines.map((line) => {
    const [, name, text = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line);
    const labels = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, label]) => [key, label]);
    const own = labels.filter(([key]) => !key.startsWith('otel_scope_'));
    return { name, labels: Object.fromEntries(own), value: Number(value) };
  });
}

/** Prints each metric once, then its samples; a label that is the same in all of them stands beside the name. */
export function printPage(page) {
  const byMetric = new Map();
  for (const sample of samplesOf(page)) {
    if (/_(bucket|sum)$/.test(sample.name)) continue;
    byMetric.set(sample.name, [...(byMetric.get(sample.name) ?? []), sample]);
  }
  const sums = samplesOf(page).filter(({ name }) => name.endsWith('_sum'));
  for (const [name, samples] of byMetric) printMetric(name, samples, sums);
  print(
    dim('  Left out here: buckets of the histograms, and the otel_scope_* labels that every sample has.'),
  );
}

function printMetric(name, samples, sums) {
  const shared = Object.entries(samples[0].labels).filter(([key, value]) => {
    return samples.length > 1 && samples.every(({ labels }) => labels[key] === value);
  });
  print(`  ${bold(name)}`);
  if (shared.length > 0) print(dim(`        all of them: ${written(shared)}`));
  const sharedKeys = new Set(shared.map(([key]) => key));
  for (const { labels, value } of samples) {
    const own = Object.entries(labels).filter(([key]) => !sharedKeys.has(key));
    const sum = sumFor(name, labels, sums);
    const seconds = sum === undefined ? '' : ` in ${sum.toFixed(3)} s`;
    print(`  ${String(value).padStart(4)}${seconds}  ${written(own)}`);
  }
}

/** The `_sum` that belongs to a `_count`. */
function sumFor(name, labels, sums) {
  if (!name.endsWith('_count')) return undefined;
  const wanted = JSON.stringify(labels);
  const isIt = (sum) => sum.name === name.replace(/_count$/, '_sum') && JSON.stringify(sum.labels) === wanted;
  return sums.find(isIt)?.value;
}

const written = (labels) => labels.map(([key, value]) => `${key}="${value}"`).join(' ');
