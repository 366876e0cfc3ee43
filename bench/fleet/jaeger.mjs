/** What a span costs a real Jaeger that keeps its traces in memory. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ROOT } from '../lib/paths.mjs';
import { record, sendSpans } from './load.mjs';
import { cpuSeconds, residentBytes } from './process.mjs';

const require = createRequire(import.meta.url);
const { startJaeger } = require(join(ROOT, 'build/tools/stack/jaeger.js'));

const RATE = 4_000;
const SECONDS = 10;

export async function measureJaeger() {
  const recorded = await record();
  const jaeger = await startJaeger();
  try {
    const load = async () => {
      const sent = await sendSpans(jaeger.otlpUrl, recorded, RATE, SECONDS);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return { sent, cpu: cpuSeconds(jaeger.pid), resident: residentBytes(jaeger.pid) };
    };
    const first = await load();
    const second = await load();
    return {
      jaegerBytesPerSpan: (second.resident - first.resident) / second.sent,
      jaegerCpuPer1000Spans: ((second.cpu - first.cpu) * 1000) / second.sent,
    };
  } finally {
    await jaeger.stop();
  }
}
