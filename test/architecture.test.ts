/** Rules that the folders keep, so that guards, audit and monitoring can be added without moving a line. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { describe, test } from 'node:test';

import { NAME, VERSION } from '../src/version';
import { missingEntries, type Lockfile } from '../tools/complete-lockfile';
import { importsOf, type Import } from './support/import-scan';
import { REPOSITORY } from './support/installs';
import { expectExit, runProgram } from './support/run-program';

/** A folder may import from folders of a lower rank, and from itself. */
const RANK: Readonly<Record<string, number>> = {
  core: 0,
  policy: 1,
  guards: 2,
  audit: 2,
  monitor: 2,
  telemetry: 2,
  sdk: 2,
  loader: 2,
  pipeline: 3,
  http: 4,
  report: 4,
  simulate: 4,
  cli: 5,
};

/** Files directly in `src/`: the package's entry points, which may import anything, and the version. */
const ENTRIES = new Set(['index', 'register', 'testing']);
const VERSION_FILE = 'version';

const isOpenTelemetry = (specifier: string): boolean => specifier.startsWith('@opentelemetry/');
const isMcp = (specifier: string): boolean => specifier.startsWith('@modelcontextprotocol/');
const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** What the folders may not import, besides the direction. */
const WITHOUT_OPENTELEMETRY = new Set(['core', 'policy', 'guards', 'monitor', 'sdk', 'loader']);
const WITHOUT_MCP = new Set(['core', 'policy', 'guards', 'monitor']);

interface SourceFile {
  /** Below `src/`, with `/`. */
  readonly name: string;
  readonly imports: readonly Import[];
}

function sources(): SourceFile[] {
  const root = join(REPOSITORY, 'src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?ts$/.test(name))
    .map((name) => ({
      name: name.split(sep).join('/'),
      imports: importsOf(readFileSync(join(root, name), 'utf8')),
    }));
}

const folderOf = (name: string): string => (name.includes('/') ? name.split('/', 1)[0]! : '');
const baseOf = (name: string): string => posix.basename(name).replace(/\.[cm]?[jt]s$/, '');

/** Everything that is wrong with one file's imports. */
function problems({ name, imports }: SourceFile): string[] {
  return imports.flatMap(({ specifier, typeOnly }) => {
    const what = `${name} imports ${specifier}`;
    if (isMcp(specifier) && !typeOnly) return [`${what}: MCP packages are for types only`];
    if (/^@opentelemetry\/[^/]+\/./.test(specifier))
      return [`${what}: no file inside an OpenTelemetry package`];
    const folder = folderOf(name);
    if (isOpenTelemetry(specifier) && WITHOUT_OPENTELEMETRY.has(folder))
      return [`${what}: not OpenTelemetry here`];
    if (isMcp(specifier) && WITHOUT_MCP.has(folder)) return [`${what}: not MCP here`];
    if (isRelative(specifier)) return direction(name, specifier) ? [] : [`${what}: against the direction`];
    if (folder === 'core' && !specifier.startsWith('node:')) return [`${what}: core imports Node alone`];
    return [];
  });
}

function direction(name: string, specifier: string): boolean {
  const folder = folderOf(name);
  if (folder === '') return ENTRIES.has(baseOf(name));
  const target = posix.normalize(posix.join(posix.dirname(name), specifier));
  const targetFolder = folderOf(target);
  if (targetFolder === '') return baseOf(target) === VERSION_FILE && folder !== 'core';
  if (targetFolder === folder) return true;
  return (RANK[targetFolder] ?? Infinity) < (RANK[folder] ?? -Infinity);
}

const scan = (source: string): string[] =>
  importsOf(source).map(({ specifier, typeOnly }) => (typeOnly ? `type ${specifier}` : specifier));

const found = (name: string, specifier: string, typeOnly = false): number =>
  problems({ name, imports: [{ specifier, typeOnly }] }).length;
describe('the scanner', () => {
  test('finds every form of import', () => {
    assert.deepEqual(scan("import { a, b as c } from './a';"), ['./a']);
    assert.deepEqual(scan('import type { A } from \'./a\';\nimport * as b from "./b";'), ['type ./a', './b']);
    assert.deepEqual(scan("import {\n  a,\n  b,\n} from './a';"), ['./a']);
    assert.deepEqual(scan("import './effect';"), ['./effect']);
    assert.deepEqual(scan("export { a } from './a';\nexport type { B } from './b';\nexport * from './c';"), [
      './a',
      'type ./b',
      './c',
    ]);
    assert.deepEqual(scan("const a = require('./a');"), ['./a']);
    assert.deepEqual(scan("const a = await import('./a');"), ['./a']);
    assert.deepEqual(scan("type A = typeof import('./a');"), ['type ./a']);
    assert.deepEqual(scan("import a = require('./a');\nimport type b = require('./b');"), [
      './a',
      'type ./b',
    ]);
    assert.deepEqual(scan("createRequire(import.meta.url)('./register.js');"), ['./register.js']);
  });

  test('leaves comments out', () => {
    assert.deepEqual(scan("/**\n * import { a } from './a';\n */\n// import './b';\nconst c = 1;"), []);
  });

  test('finds what is wrong', () => {
    assert.equal(found('core/a.ts', '../sdk/b', true), 1, 'types count too');
    assert.equal(found('core/a.ts', 'zod'), 1);
    assert.equal(found('core/a.ts', '../version'), 1);
    assert.equal(found('sdk/a.ts', '../telemetry/b'), 1);
    assert.equal(found('telemetry/own-sdk/a.ts', '../../pipeline/b'), 1);
    assert.equal(found('telemetry/own-sdk/a.ts', '../ledger'), 0);
    assert.equal(found('telemetry/a.ts', '../index'), 1);
    assert.equal(found('loader/a.ts', '@opentelemetry/api', true), 1);
    assert.equal(found('telemetry/a.ts', '@opentelemetry/api/build/src/x'), 1);
    assert.equal(found('sdk/a.ts', '@modelcontextprotocol/sdk/client/index.js'), 1);
    assert.equal(found('sdk/a.ts', '@modelcontextprotocol/sdk/client/index.js', true), 0);
    assert.equal(found('new-folder/a.ts', '../core/b'), 1, 'a folder without a rank');
    assert.equal(found('other.ts', './core/b'), 1, 'a file in src that is no entry point');
    assert.equal(found('pipeline/a.ts', '../sdk/b'), 0);
    assert.equal(found('cli/a.ts', '../version'), 0);
  });
});

test('imports point one way, and vendor packages stay where they belong', () => {
  const files = sources();
  assert.ok(files.length > 60, `only ${files.length} files found`);
  assert.ok(files.flatMap(({ imports }) => imports).length > 150, 'hardly any imports found');
  assert.deepEqual(files.flatMap(problems), []);
});

test('a process without MCP loads the loader and core, and nothing of OpenTelemetry', async () => {
  const list = 'console.log(JSON.stringify(Object.keys(require.cache)))';
  const result = expectExit(await runProgram('-e', { preload: 'require', args: [list] }));
  const loaded = (JSON.parse(result.stdout) as string[]).map((file) => file.split(sep).join('/'));
  const ours = loaded.filter((file) => file.includes('/build/src/'));
  assert.ok(ours.some((file) => file.endsWith('/build/src/register.js')));
  assert.deepEqual(
    loaded.filter((file) => !/\/build\/src\/(register|loader\/|core\/)/.test(file) && file !== '[eval]'),
    [],
  );
});

describe('the release', () => {
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };

  test('version.ts says what package.json says', () => {
    assert.deepEqual({ name: NAME, version: VERSION }, { name: manifest.name, version: manifest.version });
  });

  test('the newest version in the changelog is that of package.json', () => {
    const changelog = readFileSync(join(REPOSITORY, 'CHANGELOG.md'), 'utf8');
    const versions = [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+[^\]]*)\]/gm)].map(([, version]) => version);
    assert.equal(versions[0], manifest.version);
  });
});

describe('the repository', () => {
  const isCheckout = existsSync(join(REPOSITORY, '.git'));

  test('the lockfile names no registry', () => {
    const lock = readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8');
    assert.match(lock, /"node_modules\/typescript"/, 'this is the lockfile');
    assert.doesNotMatch(lock, /"resolved": "https?:/);
  });

  test('the lockfile has an entry for every platform, or `npm ci` refuses it: `npm run lockfile` adds them', () => {
    const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as Lockfile;
    assert.deepEqual(missingEntries(lock), []);
    const { 'node_modules/@oxlint/binding-linux-x64-gnu': removed, ...packages } = lock.packages;
    assert.ok(removed, 'there is such an entry');
    assert.equal(missingEntries({ packages }).length, 1, 'a missing one is found');
  });

  test(
    'no tracked file names a folder of somebody’s machine',
    { skip: isCheckout ? false : 'no checkout' },
    () => {
      const folders = ['root/', 'work/', 'home/(?!me/)', 'Users/(?!me/)'].join('|');
      const machinePath = new RegExp(String.raw`(?<![\w.~$}/@:-])/(?:${folders})[\w.-]+/`);
      assert.match(['see ', 'home', 'ann', 'x.js'].join('/'), machinePath, 'the pattern finds one');
      const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: REPOSITORY, encoding: 'utf8' }).split(
        '\0',
      );
      const files = tracked.filter((name) => name !== '' && isText(join(REPOSITORY, name)));
      assert.ok(files.length > 100, `only ${files.length} files found`);
      const naming = files.filter((name) => machinePath.test(readFileSync(join(REPOSITORY, name), 'utf8')));
      assert.deepEqual(naming, []);
    },
  );
});

function isText(file: string): boolean {
  return existsSync(file) && statSync(file).isFile() && !readFileSync(file).includes(0);
}
