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

class UsageError extends Error {}

function readOptions() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        out: { type: 'string', default: join(REPOSITORY, 'docs/dashboards') },
        prometheus: { type: 'string' },
        start: { type: 'string' },
        end: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function positiveNumber(option: string, given: string | undefined): number {
  const value = Number(given);
  if (given === undefined || !(value > 0)) throw new UsageError(`--${option} has to be a number above 0`);
  return value;
}

/** Scrapes are so much denser than an operator's that minutes look like hours. */
const STEPS = { step: 5, barStep: 20, rateInterval: 20 } as const;

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

async function drawAll(prometheus: Asked, range: Range, out: string): Promise<void> {
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  for (const name of DASHBOARD_NAMES) {
    const file = join(folder, `${name}.png`);
    // One browser at a time.
    // oxlint-disable-next-line no-await-in-loop
    const bytes = await draw(prometheus, name, range, file);
    say(`${file}: ${Math.round(bytes / 1000)} kB`);
  }
}

async function record(minutes: number, out: string): Promise<void> {
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
    await drawAll(session.stack.prometheus, { start, end: Date.now() / 1000, ...STEPS }, out);
  } finally {
    await session.stop();
  }
}

async function main(): Promise<void> {
  const { minutes, out, prometheus, ...given } = readOptions();
  if (prometheus === undefined) {
    const length = positiveNumber('minutes', minutes);
    chromiumPath();
    return record(length, out);
  }
  const [start, end] = [positiveNumber('start', given.start), positiveNumber('end', given.end)];
  chromiumPath();
  return drawAll(new RemotePrometheus(prometheus), { start, end, ...STEPS }, out);
}

main().catch((error: unknown) => {
  const isExpected = error instanceof Missing || error instanceof UsageError;
  say(isExpected ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
