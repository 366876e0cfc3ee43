/**
 * `npm run preview`: pictures of the dashboards for `docs/dashboards/`, drawn from the answers of a real Prometheus to the
 * dashboards' own queries, after real agents have worked for some minutes. The charts are ours (ECharts): Grafana is not
 * here to draw them, and the picture says so.
 *
 *   npm run preview                                   records ten minutes, draws, stops everything
 *   npm run preview -- --minutes 4 --out /tmp/x       shorter, elsewhere
 *   npm run preview -- --prometheus URL --start S --end S   draws what that Prometheus has (seconds since 1970)
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { REPOSITORY } from '../stack/cache';
import { Missing } from '../stack/missing';
import { DASHBOARD_NAMES, type Asked, type Range } from './dashboard-queries';
import { chromiumPath, draw } from './draw';
import { RemotePrometheus } from './remote-prometheus';
import { startSession } from './session';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    out: { type: 'string', default: join(REPOSITORY, 'docs/dashboards') },
    prometheus: { type: 'string' },
    start: { type: 'string' },
    end: { type: 'string' },
  },
});

/** Scrapes are so much denser than an operator's that minutes look like hours. */
const STEPS = { step: 5, barStep: 20, rateInterval: 20 } as const;

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

async function drawAll(prometheus: Asked, range: Range): Promise<void> {
  const folder = resolve(options.out);
  mkdirSync(folder, { recursive: true });
  for (const name of DASHBOARD_NAMES) {
    const file = join(folder, `${name}.png`);
    // One browser at a time.
    // oxlint-disable-next-line no-await-in-loop
    const bytes = await draw(prometheus, name, range, file);
    say(`${file}: ${Math.round(bytes / 1000)} kB`);
  }
}

async function record(minutes: number): Promise<void> {
  say(`Starting the stack and two agents, then ${minutes} minutes of traffic`);
  const session = await startSession({ interval: '2s', pace: 250, incident: Math.round(minutes * 8) });
  try {
    const start = Date.now() / 1000;
    await pause(minutes * 60_000 * 0.35);
    session.changePolicy();
    await pause(minutes * 60_000 * 0.2);
    session.incident();
    await pause(minutes * 60_000 * 0.3);
    session.breakPolicy();
    await pause(5000);
    session.breakPolicy();
    await pause(minutes * 60_000 * 0.15);
    await drawAll(session.stack.prometheus, { start, end: Date.now() / 1000, ...STEPS });
  } finally {
    await session.stop();
  }
}

async function main(): Promise<void> {
  chromiumPath();
  if (options.prometheus === undefined) return record(Number(options.minutes));
  const range = { start: Number(options.start), end: Number(options.end), ...STEPS };
  return drawAll(new RemotePrometheus(options.prometheus), range);
}

main().catch((error: unknown) => {
  say(error instanceof Missing ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
});
