/**
 * Runs the compiled tests: `node build/test/run.js [folder | file | glob ...]`.
 *
 * `node --test` treats folders and globs differently on Node 20, 22, 24 and 26; `run({files})` is the same on all.
 * Without arguments everything runs but what has a command of its own: the matrix (`npm run test:matrix`) and the packed
 * tarball's installs (`npm run test:package`).
 */
import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const ROOT = __dirname;
const CONCURRENCY = 2;
const FILE_TIMEOUT_MS = 600_000;

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

type TestsStream = ReturnType<typeof run>;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

function count(stream: TestsStream, files: string[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const fail = (): void => {
    process.exitCode = 1;
    counts.failed += 1;
  };
  stream.on('test:fail', (event) => {
    // A suite fails because a test in it does: counting both would say two.
    if (event.details.type === 'suite') process.exitCode = 1;
    else fail();
  });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    // Node counts a file without a single test as a test that passed.
    if (files.includes(resolve(event.name))) fail();
    else if (event.skip === undefined || event.skip === false) counts.passed += 1;
    else counts.skipped += 1;
  });
  return counts;
}

function main(): void {
  const files = select(compiledTests(), process.argv.slice(2)).map((name) => join(ROOT, name));
  const started = performance.now();
  const stream = run({ files, concurrency: CONCURRENCY, timeout: FILE_TIMEOUT_MS });
  const counts = count(stream, files);
  process.once('exit', () => {
    // A run in which nothing passed has shown nothing.
    if (counts.passed === 0) process.exitCode = 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const { passed, failed, skipped } = counts;
    process.stdout.write(
      `${files.length} files: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s\n`,
    );
  });
  // oxlint-disable-next-line new-cap -- `spec` is a class on Node 20
  stream.compose(new spec()).pipe(process.stdout);
}

main();
