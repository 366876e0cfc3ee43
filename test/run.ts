/**
 * Runs the compiled tests: `node build/test/run.js [folder | file | glob ...]`.
 *
 * A test that needs a whole machine for a second can fail beside another one: in CI what failed is run again alone, and fails
 * for good if it fails then.
 *
 * `node --test` treats folders and globs differently on Node 20, 22, 24 and 26; `run({files})` is the same on all.
 * Without arguments everything runs but what has a command of its own: the matrix (`npm run test:matrix`) and the packed
 * tarball's installs (`npm run test:package`).
 */
import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const ROOT = __dirname;
const CONCURRENCY = 2;
const FILE_TIMEOUT_MS = 600_000;
/** In CI, so many files that failed beside others are run once more, each alone, and named in the last line. */
const MAX_RUN_AGAIN = 3;

function compiledTests(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => name.split(sep).join('/'))
    .toSorted((a, b) => a.localeCompare(b));
}

/** `test/process`, `build/test/process/*.test.js`, `unit/x.test.ts`: all mean paths below `build/test`. */
function normalise(argument: string): string {
  const path = argument.split(sep).join('/').replace(/^\.\//, '').replace(/\/$/, '');
  const absolute = path.startsWith('/') ? relative(ROOT, path).split(sep).join('/') : path;
  return absolute
    .replace(/^build\//, '')
    .replace(/^test\//, '')
    .replace(/\.ts$/, '.js');
}

function matcher(argument: string): (name: string) => boolean {
  const pattern = normalise(argument);
  if (pattern === '' || pattern === 'test') return () => true;
  if (!pattern.includes('*')) return (name) => name === pattern || name.startsWith(`${pattern}/`);
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/\*\*\/?|\*/g, (stars) => (stars.startsWith('**') ? '.*' : '[^/]*'));
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

function select(everything: string[], wanted: string[]): string[] {
  if (wanted.length === 0) return everything.filter((name) => !/^(matrix|package)\//.test(name));
  const selected = new Set<string>();
  for (const argument of wanted) {
    const found = everything.filter(matcher(argument));
    if (found.length === 0) throw new Error(`no compiled test matches '${argument}' (build first?)`);
    for (const name of found) selected.add(name);
  }
  return [...selected];
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** How many tests failed, by file; a file without a single test is one. */
  readonly failures: Map<string, number>;
}

/** Runs `files` and shows how they do. */
async function runFiles(files: readonly string[], concurrency: number): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: new Map() };
  const fail = (file: string, tests: number): void => {
    counts.failed += tests;
    counts.failures.set(file, (counts.failures.get(file) ?? 0) + tests);
  };
  const stream = run({ files: [...files], concurrency, timeout: FILE_TIMEOUT_MS });
  // A suite fails because a test in it does: counting both would say two.
  stream.on('test:fail', ({ details, file = '' }) => fail(file, details.type === 'suite' ? 0 : 1));
  stream.on('test:pass', ({ details, name, skip }) => {
    if (details.type === 'suite') return;
    // Node counts a file without a single test as a test that passed.
    if (files.includes(resolve(name))) fail(resolve(name), 1);
    else if (skip === undefined || skip === false) counts.passed += 1;
    else counts.skipped += 1;
  });
  // oxlint-disable-next-line new-cap -- `spec` is a class on Node 20
  const shown = stream.compose(new spec());
  shown.pipe(process.stdout, { end: false });
  await finished(shown);
  return counts;
}

/** @returns the files that pass when nothing else runs; `counts` has their tests as passed then */
async function runFailedAlone(counts: Counts): Promise<string[]> {
  const passed: string[] = [];
  for (const [file, tests] of counts.failures) {
    process.stdout.write(`\n${relative(ROOT, file)} failed; once more, alone:\n`);
    if ((await runFiles([file], 1)).failures.size > 0) continue;
    counts.failed -= tests;
    counts.passed += tests;
    counts.failures.delete(file);
    passed.push(relative(ROOT, file));
  }
  return passed;
}

async function main(): Promise<void> {
  const files = select(compiledTests(), process.argv.slice(2)).map((name) => join(ROOT, name));
  const started = performance.now();
  const counts = await runFiles(files, CONCURRENCY);
  const isRunAgain = process.env['CI'] !== undefined && counts.failures.size <= MAX_RUN_AGAIN;
  const alone = isRunAgain ? await runFailedAlone(counts) : [];
  // A run in which nothing passed has shown nothing.
  if (counts.passed === 0 || counts.failures.size > 0) process.exitCode = 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { passed, failed, skipped } = counts;
  process.stdout.write(
    `${files.length} files: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s\n`,
  );
  if (alone.length > 0) process.stdout.write(`passed only when run alone: ${alone.join(', ')}\n`);
}

void main();
