/**
 * The error truth table for the AI SDK's own MCP client, which shares no code with the MCP SDK: the rows of
 * error-truth-table.test.ts as far as this client can have them.
 *
 * On Node 26.10 this client now and then waits for ever after its connection was cut, without us too (2 of 60 runs): then both
 * are run again.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { ROWS, checkCell, type Row } from '../support/error-rows';
import { node, packages, programsIn, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { startRefusingServer, type RefusingServer } from '../support/refusing-server';
import { expectExit, runProgram, type ProgramResult } from '../support/run-program';

interface Column {
  client: string;
  /** 2.x does not allow Node 20. */
  node?: string;
  /** The servers know protocol 2026-07-28. */
  modern?: boolean;
}

const COLUMNS: Column[] = [
  { client: 'ai@4.3.19' },
  { client: 'ai@5.0.0' },
  { client: '@ai-sdk/mcp@1.0.101' },
  { client: '@ai-sdk/mcp@2.0.99', node: '26.10.0' },
  { client: '@ai-sdk/mcp@2.0.99', node: '26.10.0', modern: true },
];

function whyImpossible({ client }: Column, name: string): string | undefined {
  if (name === 'output_schema') return 'the tool checks what its call returned, when the call is over';
  if (name === 'timeout' && !client.startsWith('@ai-sdk/mcp@2.'))
    return 'before 2.x a tool call has no time-out; a signal that times out is the caller’s';
  if (name.startsWith('http_') && client.startsWith('ai@')) return '`ai` has no streamable HTTP transport';
  return undefined;
}

/** Where this client is told something else than the SDK's, telemetry says what it was told. */
function rowOf({ client }: Column, name: string): Row {
  // The SSE transport of `ai` hands a refusal to `onUncaughtError`: the call waits until the connection is closed.
  if (client.startsWith('ai@') && name.startsWith('sse_')) return { type: 'connection_closed' };
  // Every object is a result of a tool call to `ai` 4.
  if (client.startsWith('ai@4.') && name === 'invalid_result') return { type: undefined };
  return ROWS[name] as Row;
}

for (const column of COLUMNS) {
  const title = `${column.client}${column.modern ? ', protocol 2026-07-28' : ''}`;
  describe(`errors of ${title}`, () => {
    let receiver: OtlpReceiver;
    let server: RefusingServer;
    let bare: ProgramResult;
    let traced: ProgramResult;

    before(async () => {
      [receiver, server] = await Promise.all([startOtlpReceiver(), startRefusingServer()]);
      const cwd = await packages([column.client], column.node);
      const programs = await programsIn(cwd);
      const program = join(programs, 'errors-ai-sdk.mjs');
      const env = {
        AI_SDK: column.client,
        MODERN: column.modern ? '1' : undefined,
        HTTP_URL: column.modern ? server.modernUrl : server.streamableUrl,
        SSE_URL: server.sseUrl,
      };
      const options = { cwd, node: await node(column.node ?? process.versions.node) };
      const both = () =>
        Promise.all([
          runProgram(program, { ...options, env }),
          runProgram(program, {
            ...options,
            preload: 'require',
            nodeArgs: ['--require', join(programs, 'deny-by-name.cjs')],
            env: { ...env, ...receiver.env(), REGISTER: join(REPOSITORY, 'build/src/register.js') },
          }),
        ]);
      let [withoutUs, withUs] = await both();
      for (let again = 0; again < 2 && (withoutUs.timedOut || withUs.timedOut); again += 1) {
        receiver.clear();
        [withoutUs, withUs] = await both();
      }
      [bare, traced] = [expectExit(withoutUs), withUs];
      await receiver
        .waitFor((seen) => seen.named('tools/call process_exit').length > 0)
        .catch(() => undefined);
    });
    after(async () => {
      await Promise.all([receiver.close(), server.close()]);
    });

    test('the agent ends as it does without us', () => {
      expectExit(traced);
      assert.equal(traced.stderr, bare.stderr);
    });

    for (const name of Object.keys(ROWS)) {
      const skip = whyImpossible(column, name) ?? false;
      const row = rowOf(column, name);
      test(`${name}: ${row.type ?? 'no error'}`, { skip }, () => {
        checkCell({ receiver, bare, traced }, name, row);
      });
    }
  });
}
