'use strict';
/** Where a variant's time and bytes go, by function: the mode `profile` of the workload. */
const { Session } = require('node:inspector/promises');
const { relative } = require('node:path');
const { fileURLToPath } = require('node:url');

/** Functions by what they cost themselves, dearest first. */
function byFunction(nodes, costOf) {
  const costs = new Map();
  for (const { callFrame, ...node } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const file = url.startsWith('file:')
      ? relative(process.cwd(), fileURLToPath(url))
      : relative(process.cwd(), url);
    const name = `${functionName || '(anonymous)'} ${url === '' ? '' : `${file}:${lineNumber + 1}`}`;
    costs.set(name, (costs.get(name) ?? 0) + costOf(node));
  }
  return [...costs].filter(([, cost]) => cost > 0).toSorted((a, b) => b[1] - a[1]);
}

function flatten(node) {
  return [node, ...node.children.flatMap(flatten)];
}

/** @returns {Promise<{ profile: { cpu: [string, number][], bytes: [string, number][] } }>} µs and bytes per call */
async function profileCalls(repeat, call, calls) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 100 });
  await session.post('Profiler.start');
  await repeat(call, calls);
  const { profile } = await session.post('Profiler.stop');
  const spent = new Map();
  profile.samples.forEach((id, index) => spent.set(id, (spent.get(id) ?? 0) + profile.timeDeltas[index]));
  const cpu = byFunction(profile.nodes, ({ id }) => (spent.get(id) ?? 0) / calls);

  const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  await session.post('HeapProfiler.startSampling', { samplingInterval: 4096, ...collected });
  await repeat(call, calls);
  const { profile: heap } = await session.post('HeapProfiler.stopSampling');
  const bytes = byFunction(flatten(heap.head), ({ selfSize }) => selfSize / calls);
  session.disconnect();
  return { profile: { cpu, bytes } };
}

module.exports = { profileCalls };
