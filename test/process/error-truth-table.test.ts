/**
 * The error truth table: every value that `error.type` can have, on SDK versions around the points where the SDK's own
 * errors changed.
 */
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { ROWS, checkCell } from '../support/error-rows';
import { isV2, programsIn, project, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { startRefusingServer, type RefusingServer } from '../support/refusing-server';
import { expectExit, runProgram, type ProgramResult } from '../support/run-program';

const SDKS = ['1.4.1', '1.12.3', '1.23.1', '1.32.2', '2.0.0', '2.4.0'];
const REGISTER = join(REPOSITORY, 'build/src/register.js');

function whyImpossible(sdk: string, name: string): string | undefined {
  if (sdk !== '1.4.1') return undefined;
  if (name === 'output_schema') return 'SDK 1.4 checks no output schema';
  if (name.startsWith('http_')) return 'SDK 1.4 has no streamable HTTP transport; see the sse_ rows';
  return undefined;
}

for (const sdk of SDKS) {
  describe(`errors of SDK ${sdk}`, () => {
    let receiver: OtlpReceiver;
    let server: RefusingServer;
    let bare: ProgramResult;
    let traced: ProgramResult;

    before(async () => {
      [receiver, server] = await Promise.all([startOtlpReceiver(), startRefusingServer()]);
      const cwd = await project({ sdk, tarball: false });
      const programs = await programsIn(cwd);
      const program = join(programs, `errors-${isV2(sdk) ? 'v2' : 'v1'}.cjs`);
      const urls = { HTTP_URL: server.streamableUrl, SSE_URL: server.sseUrl };
      bare = expectExit(await runProgram(program, { cwd, env: urls }));
      traced = await runProgram(program, {
        cwd,
        preload: 'require',
        nodeArgs: ['--require', join(programs, 'deny-by-name.cjs')],
        env: { ...urls, ...receiver.env(), REGISTER },
      });
      await receiver
        .waitFor((seen) => seen.named('tools/call process_exit').length > 0)
        .catch(() => undefined);
    });
    after(async () => {
      await Promise.all([receiver.close(), server.close()]);
    });

    test('the agent ends as it does without us', () => {
      expectExit(traced);
    });

    for (const [name, row] of Object.entries(ROWS)) {
      const skip = whyImpossible(sdk, name) ?? false;
      test(`${name}: ${row.type ?? 'no error'}`, { skip }, () => {
        checkCell({ receiver, bare, traced }, name, row);
      });
    }
  });
}
