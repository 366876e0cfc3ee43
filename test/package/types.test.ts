/** What a user's compiler says of our declarations: CommonJS and ES modules, strict, library declarations checked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { OTEL_LINES, REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';
import { Project } from './consumer';

const PROGRAM = `
import { McpInstrumentation, instrument, withMcpContext } from 'opentelemetry-instrumentation-mcp';
import type { CallRecord, McpCall, McpInstrumentationConfig } from 'opentelemetry-instrumentation-mcp';
import { createMcpRecorder, type McpRecorder } from 'opentelemetry-instrumentation-mcp/testing';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { NodeSDK } from '@opentelemetry/sdk-node';

const config: McpInstrumentationConfig = {
  enabled: true,
  captureContent: false,
  enrichExecuteTool: false,
  ignoreMethods: ['ping'],
  requestHook: (span, call: McpCall) => span.setAttribute('method', call.method),
  responseHook: (span, record: CallRecord) => span.setAttribute('seconds', record.seconds),
};
const instrumentation = new McpInstrumentation(config);
new NodeSDK({ instrumentations: [instrumentation] });
registerInstrumentations({ instrumentations: [instrumentation] });
instrument({ Client: class {} });
const answer: number = withMcpContext({ userId: 'u', tenantId: 't', roles: ['r'] }, () => 42);
// @ts-expect-error -- the option is a list
new McpInstrumentation({ ignoreMethods: 'ping' });
const recorder: McpRecorder = createMcpRecorder();
const statuses: string[] = recorder.find({ tool: 'echo' }).map(({ outcome }) => outcome.status);
export { answer, statuses };
`;

const OPTIONS = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  'false',
  '--module',
  'node16',
  '--target',
  'es2022',
];

describe('types', () => {
  for (const [line, version] of [
    ['2.x', '20.20.2'],
    ['3.x', '24.21.0'],
  ] as const) {
    test(`beside OpenTelemetry ${line}: NodeSDK and registerInstrumentations accept McpInstrumentation`, async () => {
      const project = await Project.create('npm', version);
      try {
        const [sdkNode = ''] = OTEL_LINES[line];
        const instrumentation = sdkNode.replace('/sdk-node@', '/instrumentation@');
        await project.add(...OTEL_LINES[line], instrumentation, '@types/node@20.19.43');
        await project.addTarball();
        const files = ['consumer.cts', 'consumer.mts'];
        for (const name of files) writeFileSync(join(project.folder, name), PROGRAM);
        const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
        const args = [...OPTIONS, '--types', 'node', ...files];
        expectExit(await runProgram(compiler, { args, cwd: project.folder, timeoutMs: 120_000 }));
      } finally {
        project.remove();
      }
    });
  }
});
