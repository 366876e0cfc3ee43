/** Which files count as the SDK's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAiSdkFile, isInSdkPackage, isSdkFile } from '../../src/loader/match';

const SDK_FILES = [
  '/app/node_modules/@modelcontextprotocol/sdk/dist/client/index.js',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/shared/protocol.js',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/cjs/server/index.js',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/cjs/shared/protocol.js',
  '/app/node_modules/@modelcontextprotocol/client/dist/index.mjs',
  '/app/node_modules/@modelcontextprotocol/client/dist/index.cjs',
  '/app/node_modules/@modelcontextprotocol/server/dist/index.js',
  // Nested, pnpm, Yarn Plug'n'Play, Windows, a folder with a character that is special in URLs.
  '/app/node_modules/framework/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js',
  '/app/node_modules/.pnpm/@modelcontextprotocol+sdk@1.32.2_zod@4.6.7/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js',
  '/app/.yarn/cache/@modelcontextprotocol-sdk-npm-1.32.2-0f0b.zip/node_modules/@modelcontextprotocol/sdk/dist/cjs/client/index.js',
  String.raw`C:\app\node_modules\@modelcontextprotocol\sdk\dist\cjs\client\index.js`,
  '/srv/c#/app/node_modules/@modelcontextprotocol/sdk/dist/cjs/client/index.js',
  '/srv/what?/app/node_modules/@modelcontextprotocol/sdk/dist/cjs/client/index.js',
  // URLs.
  'file:///app/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js',
  'file:///app/node_modules/%40modelcontextprotocol/sdk/dist/esm/client/index.js',
  'file:///app/node_modules/@modelcontextprotocol/client/dist/index.mjs?namespace=1732180000',
  'file:///app/node_modules/@modelcontextprotocol/client/dist/index.mjs#fragment',
  'file:///C:/app/node_modules/@modelcontextprotocol/client/dist/index.mjs?a#b',
];

const OTHER_FILES = [
  '/app/node_modules/@modelcontextprotocol/sdk/dist/esm/client/stdio.js',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js.map',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.d.ts',
  '/app/node_modules/@modelcontextprotocol/sdk/dist/esm/experimental/tasks/client/index.js',
  '/app/node_modules/@modelcontextprotocol/client/dist/src-CeKsbNLO.mjs',
  '/app/node_modules/@modelcontextprotocol/client/dist/index.d.mts',
  '/app/node_modules/@modelcontextprotocol/core/dist/index.mjs',
  '/app/node_modules/@modelcontextprotocol/server-everything/dist/index.js',
  '/app/node_modules/modelcontextprotocol/sdk/dist/esm/client/index.js',
  '/app/node_modules/express/index.js',
  'node:fs',
];

for (const file of SDK_FILES)
  test(`is a file of the SDK: ${file}`, () => assert.equal(isSdkFile(file), true));
for (const file of OTHER_FILES) test(`is none: ${file}`, () => assert.equal(isSdkFile(file), false));

test('chunks of the SDK are not taken for bundles, other packages of its scope are', () => {
  const scope = '/app/node_modules/@modelcontextprotocol';
  assert.equal(isInSdkPackage(`${scope}/client/dist/src-CeKsbNLO.mjs`), true);
  assert.equal(isInSdkPackage(`${scope}/sdk/dist/esm/shared/protocol.js`), true);
  assert.equal(isInSdkPackage(`${scope}/server-legacy/dist/index.js`), false);
  assert.equal(isInSdkPackage('/app/dist/agent.mjs'), false);
});

const AI_SDK_FILES = [
  '/app/node_modules/@ai-sdk/mcp/dist/index.js',
  '/app/node_modules/@ai-sdk/mcp/dist/index.mjs',
  '/app/node_modules/ai/dist/index.js',
  '/app/node_modules/.pnpm/ai@4.3.19_react@19.0.0_zod@3.25.76/node_modules/ai/dist/index.mjs',
  String.raw`C:\app\node_modules\ai\dist\index.js`,
  'file:///app/node_modules/%40ai-sdk/mcp/dist/index.mjs?v=1',
];
for (const file of AI_SDK_FILES) {
  test(`may define the AI SDK's client: ${file}`, () => assert.equal(isAiSdkFile(file), true));
}
for (const file of [
  '/app/node_modules/@ai-sdk/mcp/dist/mcp-stdio/index.js',
  '/app/node_modules/@ai-sdk/openai/dist/index.js',
  '/app/node_modules/ai/internal/dist/index.js',
  '/app/node_modules/openai/dist/index.js',
  '/app/ai/dist/index.js',
]) {
  test(`does not: ${file}`, () => assert.equal(isAiSdkFile(file), false));
}
