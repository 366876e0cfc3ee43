/** The agent's own SDK before the first MCP use, after it, or never, on both lines of OpenTelemetry. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { node, otel, project, REPOSITORY, type OtelLine } from '../../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver';
import { expectExit, explain, runProgram, type ProgramResult } from '../../support/run-program';

const SDK = '1.32.2';
/** Of our package and the agent's SDK; the last ones meet only when the agent brings a copy of its own. */
const PAIRS: { ours: OtelLine; agents: OtelLine; node: string }[] = [
  { ours: '2.x', agents: '2.x', node: process.versions.node },
  { ours: '3.x', agents: '3.x', node: '24.21.0' },
  { ours: '3.x', agents: '2.x', node: '24.21.0' },
  { ours: '2.x', agents: '3.x', node: '24.21.0' },
];

interface Seen {
  readonly errors: string[];
  readonly slots: { readonly api: string[]; readonly logs: boolean };
  readonly listeners: number[];
}

for (const pair of PAIRS) {
  describe(`ours OpenTelemetry ${pair.ours}, the agent’s ${pair.agents}`, () => {
    let ours: OtlpReceiver;
    let agents: OtlpReceiver;
    let program: string;
    let nodePath: string;

    before(async () => {
      const folder = await project({ sdk: SDK, otel: pair.ours });
      program = join(folder, 'own-sdk-agent.cjs');
      await cp(join(REPOSITORY, 'test/process/own-sdk/programs/own-sdk-agent.cjs'), program);
      nodePath = await node(pair.node);
      ours = await startOtlpReceiver();
      agents = await startOtlpReceiver();
    });
    after(() => Promise.all([ours.close(), agents.close()]));

    async function run(when: string): Promise<{ seen: Seen; result: ProgramResult }> {
      ours.clear();
      agents.clear();
      const env = {
        ...ours.env('http/protobuf'),
        AGENT_ENDPOINT: agents.url,
        ...(pair.agents === pair.ours ? {} : { OWN_OTEL: await otel(pair.agents) }),
      };
      const args = [when];
      const options = {
        node: nodePath,
        preload: 'installed-require',
        cwd: join(program, '..'),
        args,
        env,
      } as const;
      const result = expectExit(await runProgram(program, options));
      return { seen: JSON.parse(result.stdout) as Seen, result };
    }

    test('before: everything goes to the agent’s SDK, and nothing of ours runs', async () => {
      const { seen, result } = await run('before');
      assert.deepEqual(seen.errors, []);
      assert.deepEqual(ours.requests, []);
      assert.deepEqual(spans(agents), ['first', 'second'].flatMap(callSpans).toSorted(), explain(result));
      checkParent(agents);
      const [exit, ...signals] = seen.listeners;
      assert.deepEqual(signals, [0, 0, 0]);
      assert.equal(exit, 1, 'one ends the calls in flight, none flushes');
    });

    test('after: the first call goes to ours, everything later to the agent’s', async () => {
      const { seen, result } = await run('after');
      assert.deepEqual(seen.errors, [], 'a registration of the agent failed');
      assert.deepEqual(seen.slots, { api: [], logs: false });
      assert.deepEqual(spans(ours), callSpans('first'), explain(result));
      assert.deepEqual(spans(agents), callSpans('second'), explain(result));
      checkParent(agents);
    });

    test('never: everything goes to ours, nothing of the agent’s own', async () => {
      const { seen, result } = await run('never');
      assert.deepEqual(seen.slots, { api: [], logs: false });
      assert.deepEqual(spans(ours), ['first', 'second'].flatMap(callSpans).toSorted(), explain(result));
      assert.deepEqual(agents.requests, []);
      for (const receiver of [ours, agents]) assert.deepEqual(receiver.named('between'), []);
      assert.deepEqual(ours.named('late'), []);
      assert.deepEqual(ours.logs, []);
      assert.deepEqual(seen.listeners, [2, 1, 1, 1]);
    });
  });
}

function callSpans(tool: string): string[] {
  return [`CLIENT tools/call ${tool}`, `SERVER tools/call ${tool}`];
}

function spans(receiver: OtlpReceiver): string[] {
  return receiver.spans
    .filter(({ name }) => name.startsWith('tools/call'))
    .map(({ kind, name }) => `${kind} ${name}`)
    .toSorted();
}

function checkParent(agents: OtlpReceiver): void {
  const [late] = agents.named('late');
  const call = agents.named('tools/call second').find((span) => span.kind === 'CLIENT');
  assert.ok(late !== undefined && call !== undefined, agents.summary());
  assert.equal(call.parentSpanId, late.spanId);
  assert.equal(call.traceId, late.traceId);
  assert.deepEqual(agents.named('between').length <= 1, true);
}
