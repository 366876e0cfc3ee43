/** The search for the SDK's class in bundled files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { LOADER_HOOK } from '../../src/loader/append';
import { scanBundle, scanBundleBytes } from '../../src/loader/bundle';
import { SDK_MARKER } from '../../src/loader/match';
import { transform as transformModule } from '../../src/loader/transform';
import { REPOSITORY } from '../support/installs';

interface Esbuild {
  transformSync(source: string, options: object): { code: string };
}

const HOOK = Symbol.for(LOADER_HOOK);
const BLOCK = /static\{const h=[^{}]*\{Protocol:this\}\)\}/g;

// The copy that tsx brings: a real minifier without an install.
const esbuild = createRequire(require.resolve('tsx'))('esbuild') as Esbuild;

const SCOPE = join(REPOSITORY, 'node_modules/@modelcontextprotocol');
const V1_ESM = readFileSync(join(SCOPE, 'sdk/dist/esm/shared/protocol.js'), 'utf8');
const V1_CJS = readFileSync(join(SCOPE, 'sdk/dist/cjs/shared/protocol.js'), 'utf8');
const V2_ESM = readChunk('client', '.mjs');
const V2_CJS = readChunk('server', '.cjs');

function readChunk(name: string, extension: string): string {
  const folder = join(SCOPE, name, 'dist');
  const chunk = readdirSync(folder).find((file) => file.startsWith('src-') && file.endsWith(extension));
  return readFileSync(join(folder, chunk ?? 'none'), 'utf8');
}

function blocks(source: string | undefined): number {
  return source?.match(BLOCK)?.length ?? 0;
}

interface Seen {
  file: string;
  via: string;
  Protocol?: unknown;
  AiSdkClient?: unknown;
}

/** Evaluates an expression that defines a class, after the search, and gives what was handed over. */
function run(definition: string, file = '/app/agent.js'): Seen[] {
  const seen: Seen[] = [];
  const hook = (encoded: string, via: string, exports: object): void => {
    seen.push({ file: decodeURIComponent(encoded), via, ...exports });
  };
  Object.defineProperty(globalThis, HOOK, { value: hook, configurable: true });
  const { source } = scanBundle(definition, file);
  assert.ok(source !== undefined, 'not recognised');
  assert.deepEqual(source.split('\n').length, definition.split('\n').length);
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
  new Function(source)();
  return seen;
}

afterEach(() => Reflect.deleteProperty(globalThis, HOOK));

describe('real sources', () => {
  const sources = {
    'SDK 1.x': V1_ESM,
    'SDK 1.x CommonJS': V1_CJS,
    'SDK 2.x': V2_ESM,
    'SDK 2.x CommonJS': V2_CJS,
  };
  const builds = {
    'as published': (source: string) => source,
    minified: (source: string) => esbuild.transformSync(source, { minify: true }).code,
    'minified for ES2020': (source: string) =>
      esbuild.transformSync(source, { minify: true, target: 'es2020' }).code,
    'for ES2020': (source: string) => esbuild.transformSync(source, { target: 'es2020' }).code,
    'minified, names kept': (source: string) =>
      esbuild.transformSync(source, { minify: true, keepNames: true }).code,
    'names kept': (source: string) => esbuild.transformSync(source, { keepNames: true }).code,
    'for ES2020, names kept': (source: string) =>
      esbuild.transformSync(source, { target: 'es2020', keepNames: true }).code,
    'minified white space only': (source: string) =>
      esbuild.transformSync(source, { minifyWhitespace: true }).code,
  };
  for (const [sdk, source] of Object.entries(sources)) {
    for (const [build, transform] of Object.entries(builds)) {
      test(`${sdk}, ${build}`, () => {
        const scan = scanBundle(transform(source), '/app/agent.js');
        assert.equal(blocks(scan.source), 1);
        // Bytes, with characters of several in front of the class.
        const bytes = scanBundleBytes(Buffer.from(`/* é 漢 😀 */${transform(source)}`), '/app/agent.js');
        assert.equal(bytes.source?.toString(), `/* é 漢 😀 */${scan.source ?? ''}`);
        assert.equal(scan.unrecognised, false);
        // Still a program, and no line moved.
        esbuild.transformSync(scan.source ?? '', {});
        assert.equal((scan.source ?? '').replace(BLOCK, ''), transform(source));
      });
    }
  }
});

describe('shapes of the class', () => {
  const MEMBERS = 'this._requestHandlerAbortControllers=new Map';
  const FIELD = '_requestHandlerAbortControllers=new Map';
  const shapes: Record<string, string> = {
    '1.x': `class q{constructor(e){this._options=e;this._requestMessageId=0;${MEMBERS}}}`,
    '1.x, comma': `class q{constructor(e){this._options=e,this._requestMessageId=0,${MEMBERS}}}`,
    '1.x, Bun': `class q{constructor(e){if(this._options=e,this._requestMessageId=0,${MEMBERS},e)this.a=1}}`,
    '1.x, default argument': `class q{constructor(e={}){this._options=e,this._requestMessageId=0,${MEMBERS}}}`,
    '1.x, anonymous class expression': `var q=class{constructor($){this._options=$,this._requestMessageId=0,${MEMBERS}}}`,
    '1.x, commented': `class q {\n  /** class of\n classes */\n  constructor(a) { // the\n this._options = a; this._requestMessageId = 0;${MEMBERS}}}`,
    '2.x': `var q=class{_transport;_requestMessageId=0;${FIELD}}`,
    '2.x, named': `var q=class P{_transport;_requestMessageId=0;${FIELD}}`,
    '2.x, helper': `function F(o,k,v){o[k]=v}class q{constructor(e){F(this,"_transport");F(this,"_requestMessageId",0);F(this,"_requestHandlerAbortControllers",new Map)}}`,
    '2.x, helper, comma': `function _d(o,k,v){o[k]=v}class q{constructor(e){_d(this,'_transport',void 0),_d(this,'_requestMessageId',0),_d(this,'_requestHandlerAbortControllers',new Map)}}`,
    '2.x, helper of a module': `var h={default(o,k,v){o[k]=v}};class q{constructor(e){(0,h.default)(this,"_transport",void 0),(0,h.default)(this,"_requestMessageId",0),(0,h.default)(this,"_requestHandlerAbortControllers",new Map)}}`,
    '2.x, Object.defineProperty': `class q{constructor(e){Object.defineProperty(this,"_transport",{value:void 0}),Object.defineProperty(this,"_requestMessageId",{value:0}),Object.defineProperty(this,"_requestHandlerAbortControllers",{value:1})}}`,
    '1.x, SWC: the constructor behind the methods': `class q{_onrequest(a){if(a){return{}}}/* of the\n class */constructor(e){this._options=e;this._requestMessageId=0;${MEMBERS}}}`,
    '1.x, line comments': `class q {\n  // it's\n  constructor(a) {\n // sets\n this._options = a; this._requestMessageId = 0;${MEMBERS}}}`,
    '2.x, Babel': `function _d(o,k,v){o[k]=v}class q{constructor(e){var _a, _b = {};_d(this, "_transport", void 0);_d(this, "_requestMessageId", 0);_d(this, "_requestHandlerAbortControllers", 1)}}`,
    '2.x, names kept': `class q{static{((a,b)=>a)(this,"q")}_transport;_requestMessageId=0;${FIELD}}`,
    '2.x, fields assigned': `class q{constructor(e){this._requestMessageId=0,${MEMBERS}}}`,
  };
  for (const [name, definition] of Object.entries(shapes)) {
    test(name, () => {
      const seen = run(`${definition};return q`);
      assert.equal(seen.length, 1);
      assert.equal(seen[0]?.via, 'bundle');
      assert.equal(typeof seen[0]?.Protocol, 'function');
    });
  }

  const AI_SDK = 'throw Error("Attempted to send a request from a closed client")';
  const aiSdkShapes: Record<string, string> = {
    'as published': `class q {\n  constructor({\n    transport: config,\n    name = "ai-sdk-mcp-client"\n  }) {\n    this.requestMessageId = 0;\n  }\n  request() { ${AI_SDK} }\n}`,
    'a variable first': `var q=class{constructor({transport:e,name:t="a"}){var n;this.requestMessageId=0,this.isClosed=!0}request(){${AI_SDK}}}`,
    'parentheses in default values': `function f(){}function g(){}var q=class{constructor({transport:e,name:t,clientName:n=(null!=t?t:"a"),maxRetries:r=f(1,g())}){var c;this.requestMessageId=0,this.isClosed=!0}request(){${AI_SDK}}}`,
    'inside an if': `var q=class{constructor({transport:e}){if(this.requestMessageId=0,this.isClosed=!0,e)this.a=1}request(){${AI_SDK}}}`,
    helper: `function F(o,k,v){o[k]=v}class q{constructor({transport:e}){F(this,"requestMessageId",0)}request(){${AI_SDK}}}`,
  };
  for (const [name, definition] of Object.entries(aiSdkShapes)) {
    test(`the AI SDK's client, ${name}`, () => {
      const seen = run(`${definition};return q`);
      assert.equal(seen.length, 1);
      assert.equal(seen[0]?.via, 'bundle');
      assert.equal(typeof seen[0]?.AiSdkClient, 'function');
    });
  }

  test("a copy of either in one file, the AI SDK's client first or last", () => {
    const names = (source: string): string[] =>
      run(source).map(({ AiSdkClient }) => (AiSdkClient === undefined ? 'Protocol' : 'AiSdkClient'));
    const [sdk, aiSdk] = [shapes['1.x'] ?? '', aiSdkShapes['inside an if'] ?? ''];
    assert.deepEqual(names(`{${sdk}};{${aiSdk}}`), ['Protocol', 'AiSdkClient']);
    assert.deepEqual(names(`{${aiSdk}};{${sdk}}`), ['AiSdkClient', 'Protocol']);
  });

  test('several copies in one file', () => {
    const seen = run(`{${shapes['1.x'] ?? ''}};{${shapes['2.x'] ?? ''}};{${shapes['1.x, Bun'] ?? ''}}`);
    assert.equal(seen.length, 3);
    assert.equal(new Set(seen.map(({ Protocol }) => Protocol)).size, 3);
  });

  test('inside the eval of a development build, whatever quotes it uses', () => {
    const source =
      'class q {\n\tconstructor(a) {\n\t\tthis._options = a;\n\t\tthis._requestMessageId = 0;\n\t\tthis._requestHandlerAbortControllers = 1;\n\t}\n}';
    assert.equal(run(`eval(${JSON.stringify(source)})`).length, 1);
    assert.equal(
      run(`eval('${source.replaceAll('\n', String.raw`\n`).replaceAll('\t', String.raw`\t`)}')`).length,
      1,
    );
  });

  test('any file name', () => {
    const file = 'file:///a b/c\'d/(e)/f*g/h\\i/j"k/`l`/$m/ü/n.js?o#p';
    assert.equal(run(shapes['1.x'] ?? '', file)[0]?.file, file);
  });
});

describe('what is left alone', () => {
  test('a file that only names the properties', () => {
    const source =
      'const names = ["_requestMessageId", "_requestHandlerAbortControllers"]; class A { constructor() {} }';
    assert.deepEqual(scanBundle(source, '/app/a.js'), { source: undefined, unrecognised: false });
  });

  test("the SDK's text in a string that is not evaluated", () => {
    const source = `const text = ${JSON.stringify(V1_ESM)};`;
    assert.equal(scanBundle(source, '/app/a.js').source, undefined);
  });

  test('a constructor that is no class element', () => {
    const body = 'this._requestMessageId=0;this._requestHandlerAbortControllers=new Map';
    for (const source of [
      `const o={constructor(e){${body}}}`,
      `const o={a:1,constructor(e){${body}}}`,
      `const o={a(){},/* class */ constructor(e){${body}}}`,
      `function constructor(e){${body}}`,
      `class A{constructor(e){}}function f(){this._requestMessageId=0;this._requestHandlerAbortControllers=1}`,
      `class A{constructor(e){if(this._requestMessageId===0||this._requestHandlerAbortControllers){}}}`,
    ]) {
      assert.deepEqual(scanBundle(source, '/app/a.js'), { source: undefined, unrecognised: true }, source);
    }
  });

  test('a class of another form is reported', () => {
    const source = `function P(e){this._options=e;this._requestMessageId=0;this._requestHandlerAbortControllers=new Map}`;
    assert.deepEqual(scanBundle(source, '/app/a.js'), { source: undefined, unrecognised: true });
  });

  test('a source that was searched before', () => {
    const once = scanBundle(V1_ESM, '/app/a.js').source ?? '';
    assert.equal(blocks(once), 1);
    assert.deepEqual(scanBundle(once, '/app/a.js'), { source: undefined, unrecognised: false });
  });

  test('files over 32 MiB, and those too small to hold the class', () => {
    const padded = (length: number) => Buffer.from(V1_ESM + ' '.repeat(length - V1_ESM.length));
    const changed = (source: Buffer) => transformModule(source, '/app/a.mjs', 'esm', () => {}) !== undefined;
    const limit = 32 * 1024 * 1024 - (Buffer.byteLength(V1_ESM) - V1_ESM.length);
    assert.equal(changed(padded(limit)), true);
    assert.equal(changed(padded(limit + 1)), false);
    const small = `class A{constructor(e){this._requestMessageId=0;this.${SDK_MARKER}=1}}`;
    assert.equal(changed(Buffer.from(small)), false);
  });
});

test('the search is linear: 16 MiB of near misses take no seconds', () => {
  const near =
    'class A{constructor(e){/* class */this._options=e,this._requestMessage=0}}/* _requestMessageId class */';
  const source = `${SDK_MARKER};${near.repeat(Math.ceil((16 * 1024 * 1024) / near.length))}`;
  const started = performance.now();
  assert.equal(scanBundle(source, '/app/a.js').source, undefined);
  const ms = performance.now() - started;
  assert.ok(ms < 2_000, `${ms} ms`);
});
