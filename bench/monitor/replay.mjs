/** Calls through the detectors, as `otel-mcp monitor` reads them from a log. */
import { createRequire } from 'node:module';

import { builtFile } from '../lib/paths.mjs';
import { lineOf } from './world.mjs';

const require = createRequire(import.meta.url);
const { AnomalyDetectors } = require(builtFile('monitor', 'anomaly', 'detectors.js'));
const { createClassify } = require(builtFile('monitor', 'classification.js'));
const { Monitor } = require(builtFile('monitor', 'monitor.js'));
const { DETECTORS } = require(builtFile('policy', 'monitor-fields.js'));

/** The policy's defaults. */
export const OPTIONS = {
  detectors: [...DETECTORS],
  keysMax: 10_000,
  maxAge: 30 * 86_400_000,
  realert: 3_600_000,
  evicted() {},
};

/** @returns what was raised, with when */
export function replay(calls, classification = {}) {
  const monitor = new Monitor({
    classify: createClassify(classification),
    watchers: [new AnomalyDetectors(OPTIONS)],
  });
  const findings = [];
  const raise = ({ rule, description, score, group, event }) =>
    findings.push({ rule, description, score, group, at: event.timestamp });
  for (const call of calls) monitor.observe(lineOf(call), raise);
  return findings;
}
