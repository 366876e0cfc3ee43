/** The files of a benchmark laid out as NAB's: series with `timestamp,value`, results with `anomaly_score` beside them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the person who started the benchmark can put right. */
export class BadInput extends Error {}

const isFolder = (path) => existsSync(path) && statSync(path).isDirectory();

/** Every `<group>/<file>.csv` below `folder`, or below its `data` if it has one. */
export function seriesIn(folder) {
  if (!isFolder(folder)) throw new BadInput(`${folder} is no folder`);
  const base = isFolder(join(folder, 'data')) ? join(folder, 'data') : folder;
  const groups = readdirSync(base)
    .sort()
    .filter((group) => isFolder(join(base, group)));
  const files = groups.flatMap((group) =>
    readdirSync(join(base, group))
      .sort()
      .filter((name) => name.endsWith('.csv'))
      .map((name) => ({ name: `${group}/${name}`, path: join(base, group, name) })),
  );
  if (files.length === 0) throw new BadInput(`${base} has no <group>/<file>.csv`);
  return files;
}

/** NAB's times name no zone; read as UTC they are the same on every machine. */
function timeOf(text) {
  const iso = text.trim().replace(' ', 'T');
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

function columnsOf(header, path) {
  const names = header.split(',').map((name) => name.trim());
  const columns = { time: names.indexOf('timestamp'), value: names.indexOf('value') };
  if (columns.time < 0 || columns.value < 0) {
    throw new BadInput(`${path}: the first line must name the columns timestamp and value`);
  }
  return columns;
}

function readLine(line, columns, where) {
  const fields = line.split(',');
  const timestamp = fields[columns.time] ?? '';
  const value = fields[columns.value]?.trim() ?? '';
  const [time, number] = [timeOf(timestamp), Number(value)];
  if (Number.isNaN(time) || value === '' || Number.isNaN(number)) {
    throw new BadInput(`${where}: not a timestamp and a number: ${line.slice(0, 80)}`);
  }
  return { timestamp, value, time, number };
}

/** The lines of a series: texts as they stand there, and what they mean. */
export function readSeries({ path }) {
  const lines = readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  const columns = columnsOf(lines[0] ?? '', path);
  return lines.slice(1).map((line, index) => readLine(line, columns, `${path}: line ${index + 2}`));
}

export function writeScores(out, { name }, lines, scores) {
  const rows = lines.map(({ timestamp, value }, i) => `${timestamp},${value},${scores[i]}\n`);
  const path = join(out, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `timestamp,value,anomaly_score\n${rows.join('')}`);
}
