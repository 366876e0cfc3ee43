/** The code at the end of the SDK's files. */
import assert from 'node:assert/strict';
import Module from 'node:module';
import { afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { appendTail, LOADER_HOOK } from '../../src/loader/append';
import { temporaryFolder, write } from './workspace';

const HOOK = Symbol.for(LOADER_HOOK);
const SOURCE_MAP = '//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ==';

const names = ['Protocol', 'Client', 'Server'];

const appendCjsTail = (source: string): string => appendTail(source, 'sdk', 'cjs');
const appendEsmTail = (source: string): string => appendTail(source, 'sdk', 'esm');

interface HandOver {
  /** Names that could be read at the time. */
  initialised: string[];
  file: string;
  via: string;
  exports: Record<string, unknown>;
}

function isInitialised(exports: Record<string, unknown>, name: string): boolean {
  try {
    return exports[name] !== undefined;
  } catch {
    return false;
  }
}

function record(): HandOver[] {
  const seen: HandOver[] = [];
  const hook = (file: string, via: string, exports: Record<string, unknown>): void => {
    seen.push({ file, via, exports, initialised: names.filter((name) => isInitialised(exports, name)) });
  };
  Object.defineProperty(globalThis, HOOK, { value: hook, configurable: true });
  return seen;
}

afterEach(() => Reflect.deleteProperty(globalThis, HOOK));

function runCjs(source: string): Record<string, unknown> {
  const module = new Module('/app/module.cjs') as Module & { _compile(source: string, file: string): void };
  Reflect.apply(Reflect.get(module, '_compile') as () => void, module, [source, '/app/module.cjs']);
  return module.exports as Record<string, unknown>;
}

async function runEsm(source: string): Promise<string> {
  const file = write(temporaryFolder(), 'module.mjs', source);
  // tsc would compile `import()` to `require()`.
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
  await (new Function('url', 'return import(url)') as (url: string) => Promise<unknown>)(
    pathToFileURL(file).href,
  );
  return pathToFileURL(file).href;
}

test('CommonJS: hands over module.exports and the path, also when the exports were replaced', () => {
  const seen = record();
  const exports = runCjs(appendCjsTail('class Client {}\nmodule.exports = { Client };'));
  assert.equal(seen.length, 1);
  assert.equal(seen[0]?.file, '/app/module.cjs');
  assert.equal(seen[0]?.via, 'file');
  assert.equal(seen[0]?.exports, exports);
});

test('ES module: hands over the local bindings that exist, and the URL', async () => {
  const seen = record();
  const url = await runEsm(
    appendEsmTail('class Client {}\nconst Protocol = 1;\nexport { Client as C, Protocol }'),
  );
  assert.equal(seen.length, 1);
  assert.equal(seen[0]?.file, url);
  assert.equal(typeof seen[0]?.exports['Client'], 'function');
  assert.equal(seen[0]?.exports['Protocol'], undefined);
  assert.equal(seen[0]?.exports['Server'], undefined);
});

test('ES module: a binding that is not initialised yet does not hide the others', async () => {
  const seen = record();
  const folder = temporaryFolder();
  // `entry` starts, waits for `client`, and `client` is evaluated while entry's `Protocol` is still uninitialised.
  write(
    folder,
    'client.mjs',
    appendEsmTail("import { Protocol } from './entry.mjs';\nexport class Client {}"),
  );
  const entry = "import './client.mjs';\nexport class Protocol {}";
  const file = write(folder, 'entry.mjs', entry);
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
  await (new Function('url', 'return import(url)') as (url: string) => Promise<unknown>)(
    pathToFileURL(file).href,
  );
  assert.deepEqual(seen[0]?.initialised, ['Client']);
  assert.equal(typeof seen[0].exports['Protocol'], 'function', 'the binding of this test is a cyclic import');
});

test('does nothing where nobody listens', async () => {
  assert.deepEqual(runCjs(appendCjsTail('exports.a = 1')), { a: 1 });
  await runEsm(appendEsmTail('export const a = 1'));
});

for (const [kind, append] of [
  ['CommonJS', appendCjsTail],
  ['ES module', appendEsmTail],
] as const) {
  test(`${kind}: every line stays where it was, a comment at the end included`, () => {
    const source = `const a = 1\n// end\n${SOURCE_MAP}`;
    const extended = append(source);
    assert.equal(extended.slice(0, source.length), source);
    assert.deepEqual(extended.split('\n').slice(0, 3), source.split('\n'));
  });

  test(`${kind}: the source map's comment is still the last of its kind on a line of its own`, () => {
    const matches = [...append(`const a = 1\n${SOURCE_MAP}`).matchAll(/\/\/# sourceMappingURL=(\S+)$/gm)];
    assert.equal(matches.length, 1);
    assert.equal(matches[0]?.[1], SOURCE_MAP.split('=').slice(1).join('='));
  });

  test(`${kind}: a source with its tail stays as it is`, () => {
    const once = append('const a = 1');
    assert.equal(append(once), once);
  });
}

for (const name of ['DefaultMCPClient', 'MCPClient']) {
  test(`hands over the AI SDK's ${name}, which the module does not export`, async () => {
    const seen = record();
    const source = `var ${name} = class {};`;
    runCjs(appendTail(source, 'ai-sdk', 'cjs'));
    await runEsm(appendTail(source, 'ai-sdk', 'esm'));
    assert.deepEqual(
      seen.map(({ exports }) => typeof exports['AiSdkClient']),
      ['function', 'function'],
    );
  });
}
