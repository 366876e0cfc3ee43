/** From the tarball to a trace: what a user does, with nothing of this repository in reach. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { problemsOf } from '../matrix/check';
import { expectedSpans } from '../matrix/expected';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { expectExit, explain, runProgram, type Preload } from '../support/run-program';
import { Project, type Manager } from './consumer';

const NODE_20 = '20.20.2';
const NODE_24 = '24.21.0';
const OURS = 'opentelemetry-instrumentation-mcp: ';

const SDK_V1 = ['@modelcontextprotocol/sdk@1.32.2'];
const SDK_V2 = ['@modelcontextprotocol/client@2.4.0', '@modelcontextprotocol/server@2.4.0'];

async function withProject(
  manager: Manager,
  version: string,
  specs: readonly string[],
  work: (project: Project) => Promise<void>,
): Promise<void> {
  const project = await Project.create(manager, version);
  try {
    await project.add(...specs);
    await project.addTarball();
    await work(project);
  } finally {
    project.remove();
  }
}

/** Runs the agent without us and with us, and compares everything that it left behind. */
async function expectTraced(project: Project, agent: string, preload: Preload): Promise<void> {
  const program = join(project.withPrograms(), agent);
  const options = { node: project.binary, cwd: project.folder };
  const bare = expectExit(await runProgram(program, options));
  const receiver = await startOtlpReceiver();
  const recordFile = join(tmpdir(), `mcp-package-${randomUUID()}.jsonl`);
  try {
    const env = { ...receiver.env('http/protobuf'), RECORD_FILE: recordFile };
    const result = await runProgram(program, { ...options, preload, env });
    const expected = expectedSpans(undefined);
    const problems = problemsOf({ result, receiver, recordFile, expected, bareStdout: bare.stdout });
    assert.deepEqual(problems, [], explain(result));
  } finally {
    await receiver.close();
    rmSync(recordFile, { force: true });
  }
}

describe('agents are traced from the tarball', () => {
  for (const [manager, version, title, specs, name] of [
    ['npm', NODE_20, 'SDK 1.32.2', SDK_V1, 'agent-v1'],
    ['npm', NODE_24, 'client 2.4.0', SDK_V2, 'agent-v2'],
    ['pnpm', NODE_20, 'client 2.4.0', SDK_V2, 'agent-v2'],
    ['pnpm', NODE_24, 'SDK 1.32.2', SDK_V1, 'agent-v1'],
  ] as const) {
    test(`beside ${title}, ${manager}, Node ${version}: .cjs and .mjs, --require and --import`, async () => {
      await withProject(manager, version, specs, async (project) => {
        await expectTraced(project, `${name}.cjs`, 'installed-require');
        await expectTraced(project, `${name}.mjs`, 'installed-require');
        await expectTraced(project, `${name}.mjs`, 'installed-import');
        assert.match(await project.command('otel-mcp', '--version'), /^\d+\.\d+\.\d+\n$/);
      });
    });
  }
});

describe('beside a bare exact pin of the other OpenTelemetry line', () => {
  for (const [api, version] of [
    ['1.10.0', NODE_20],
    ['1.9.1', NODE_24],
  ] as const) {
    test(`api ${api}, Node ${version}: the agent runs, traced or with one line that names what to update`, async () => {
      const specs = [`@opentelemetry/api@${api}`, ...SDK_V1];
      await withProject('npm', version, specs, async (project) => {
        const program = join(project.withPrograms(), 'agent-v1.cjs');
        const options = { node: project.binary, cwd: project.folder };
        const bare = expectExit(await runProgram(program, options));
        const receiver = await startOtlpReceiver();
        try {
          const env = receiver.env('http/protobuf');
          const result = expectExit(
            await runProgram(program, { ...options, preload: 'installed-require', env }),
          );
          assert.equal(result.stdout, bare.stdout, explain(result));
          const said = result.stderr.split('\n').filter((line) => line.startsWith(OURS));
          if (receiver.spans.length > 0) assert.deepEqual(said, [], explain(result));
          else {
            assert.equal(said.length, 1, explain(result));
            assert.match(said[0] ?? '', /no telemetry: .*update @opentelemetry\/(api|sdk-node)/);
          }
        } finally {
          await receiver.close();
        }
      });
    });
  }
});
