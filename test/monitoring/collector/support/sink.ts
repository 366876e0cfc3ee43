/** A Collector whose traces and logs arrive in this process. */
import type { TestContext } from 'node:test';

import { startCollector, type Collector, type CollectorOptions } from '../../../../tools/stack/collector';
import { component } from '../../../real/support/component';
import { startOtlpReceiver, type OtlpReceiver } from '../../../support/otlp-receiver';
import { endAfter } from './ends';

export interface Rig {
  readonly collector: Collector;
  readonly backend: OtlpReceiver;
}

/** @returns `undefined` when there is no Collector; the test is skipped then */
export async function startRig(
  context: TestContext,
  options: CollectorOptions = {},
): Promise<Rig | undefined> {
  const backend = await startOtlpReceiver();
  context.after(() => backend.close());
  const env = {
    MCP_JAEGER_OTLP_ENDPOINT: backend.url,
    MCP_LOGS_OTLP_ENDPOINT: backend.url,
    MCP_LOG_EXPORTERS: '[otlp_http/logs, file/logs]',
    MCP_GATEWAYS: `[127.0.0.1:${backend.grpcPort}]`,
    MCP_SAMPLING_PERCENT: '100',
    ...options.env,
  };
  const collector = await component(context, () => startCollector({ ...options, env }));
  return collector === undefined ? undefined : { collector: endAfter(context, collector), backend };
}
