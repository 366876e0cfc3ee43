/**
 * Runs the anomaly detector of the monitor over a folder of labelled time series laid out as the Numenta Anomaly Benchmark's, and
 * writes its scores in NAB's form.
 *
 *     npm run bench:nab -- --data DIR --out RESULTS
 *     node bench/nab/run.mjs --data DIR --out RESULTS [--set memory=1000]... [--time]
 *
 * Reads DIR/data/<group>/<file>.csv or DIR/<group>/<file>.csv (header `timestamp,value`) and writes RESULTS/<group>/<file>.csv with
 * `timestamp,value,anomaly_score`, one line per line of data and in its order. Every series gets a new detector, which is told
 * nothing but its values and their times. Exit codes: 0 written, 2 a folder, a file or an option is wrong.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

import { builtFile } from '../lib/paths.mjs';
import { BadInput, readSeries, seriesIn, writeScores } from './files.mjs';

const require = createRequire(import.meta.url);
const { SeriesDetector } = require(builtFile('monitor', 'series', 'detector.js'));
const { STATE_BYTES } = require(builtFile('monitor', 'series', 'state.js'));
const { SERIES_PARAMETERS } = require(builtFile('monitor', 'series', 'parameters.js'));

const ROUNDS = 5;

const HELP = `usage: npm run bench:nab -- --data DIR --out RESULTS [--set NAME=NUMBER]... [--time]

  --data DIR         folder with data/<group>/<file>.csv, or <group>/<file>.csv: lines of timestamp,value
  --out RESULTS      folder for <group>/<file>.csv: lines of timestamp,value,anomaly_score; is made if it is not there
  --set NAME=NUMBER  another value for a parameter of the detector: ${Object.keys(SERIES_PARAMETERS).join(', ')}
  --time             also say how long a value takes, of the best of five more rounds over all series
  --help             this text`;

const howToScore = (out) => `To score them, with NAB's labels and its scorer in one file:
  python3 score.py --results '${out}' --windows combined_windows.json --profile all --cross-validate`;

function parameter(text) {
  const [name, number] = text.split('=');
  const value = Number(number);
  if (!(name in SERIES_PARAMETERS)) throw new BadInput(`--set ${text}: there is no parameter ${name}`);
  if (!(value > 0) || !Number.isFinite(value)) throw new BadInput(`--set ${text}: not a number above 0`);
  return [name, value];
}

function options() {
  const string = { type: 'string' };
  const boolean = { type: 'boolean', default: false };
  const { values } = parseArgs({
    options: {
      data: string,
      out: string,
      set: { type: 'string', multiple: true, default: [] },
      time: boolean,
      help: boolean,
    },
  });
  if (!values.help && !(values.data && values.out)) throw new BadInput('--data and --out are needed');
  return { ...values, parameters: Object.fromEntries(values.set.map(parameter)) };
}

/** On a terminal the line is written over; elsewhere there is none. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function scored(lines, parameters) {
  const detector = new SeriesDetector(parameters);
  return lines.map(({ time, number }) => detector.observe(time, number));
}

/** Nanoseconds per value, of the best round. */
function timed(all, parameters) {
  const points = all.reduce((sum, lines) => sum + lines.length, 0);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (const lines of all) scored(lines, parameters);
    return performance.now() - start;
  });
  return Math.round((1e6 * Math.min(...rounds)) / points);
}

function main() {
  const { data, out, parameters, time, help } = options();
  if (help) return console.log(HELP);
  const files = seriesIn(data);
  const all = files.map(readSeries);
  for (const [index, file] of files.entries()) {
    progress(`${index + 1} of ${files.length}: ${file.name}`);
    writeScores(out, file, all[index], scored(all[index], parameters));
  }
  progress('');
  const points = all.reduce((sum, lines) => sum + lines.length, 0);
  console.log(`${files.length} series with ${points} values; their scores are in ${out}`);
  if (time) console.log(`${timed(all, parameters)} ns per value, ${STATE_BYTES} bytes of state per series`);
  console.log(howToScore(out));
}

try {
  main();
} catch (error) {
  const isUsage = error instanceof BadInput || error?.code?.startsWith('ERR_PARSE_ARGS');
  if (!isUsage) throw error;
  progress('');
  console.error(`bench:nab: ${error.message}`);
  process.exitCode = 2;
}
