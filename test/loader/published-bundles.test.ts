/** Packages that are published with a copy of the SDK in them: every copy is found, in every file that has one. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scanBundle } from '../../src/loader/bundle';
import { AI_SDK_MARKER, SDK_MARKER } from '../../src/loader/match';
import { published } from '../support/installs';

interface Esbuild {
  transformSync(source: string, options: object): { code: string };
}

const esbuild = createRequire(require.resolve('tsx'))('esbuild') as Esbuild;

/** Classes in each file that has a copy; no further file of the package has one. */
const PACKAGES: Record<string, Record<string, number>> = {
  '@anthropic-ai/claude-agent-sdk@0.3.329': { 'browser-sdk.js': 1, 'sdk.mjs': 1 },
  '@modelcontextprotocol/server-legacy@2.3.1': {
    'dist/src-BKtVGLx6.mjs': 1,
    'dist/src-Dw-UVKjY.cjs': 1,
  },
  'mcp-remote@0.15.1': { 'dist/chunk-KJCT2FXL.js': 1, 'dist/proxy.js': 1 },
  'mcp-use@2.5.2': { 'dist/index-node.js': 1 },
  'xmcp@1.1.3': {
    'dist/index.js': 1,
    'dist/runtime/adapter-express.js': 1,
    'dist/runtime/adapter-fastify.js': 1,
    'dist/runtime/adapter-nestjs.js': 1,
    'dist/runtime/adapter-nextjs.js': 1,
    'dist/runtime/cloudflare-worker.js': 1,
    'dist/runtime/http.js': 1,
    'dist/runtime/stdio.js': 1,
    'dist/runtime/vercel.js': 1,
  },
};

const HANDED_OVER = /static\{const h=[^{}]*\{(Protocol|AiSdkClient):this\}\)\}/g;

/** Files with a marker, as the loader would search them. */
function* searched(folder: string): Generator<{ file: string; source: string }> {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.[cm]?js$/.test(file)) continue;
    const source = readFileSync(join(folder, file), 'utf8');
    if (source.includes(SDK_MARKER) || source.includes(AI_SDK_MARKER)) yield { file, source };
  }
}

describe('published bundles', () => {
  for (const [spec, expected] of Object.entries(PACKAGES)) {
    test(spec, async () => {
      const found: Record<string, number> = {};
      for (const { file, source } of searched(await published(spec))) {
        const scan = scanBundle(source, `/app/node_modules/${file}`);
        assert.equal(scan.unrecognised, false, file);
        const changed = scan.source ?? '';
        const copies = changed.match(HANDED_OVER) ?? [];
        found[file.replaceAll('\\', '/')] = copies.filter((block) => block.includes('{Protocol:')).length;
        // Still a program, and the same but for what was put in.
        esbuild.transformSync(changed, { format: 'esm' });
        assert.equal(changed.replace(HANDED_OVER, ''), source, file);
      }
      assert.deepEqual(found, expected);
    });
  }
});
