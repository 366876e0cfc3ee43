// The application starts OpenTelemetry itself.
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createMcpHandler } from 'mcp-handler';
import { z } from 'zod';
import { run } from './lib/mcp-handler.cjs';

const sdk = new NodeSDK();
sdk.start();
run(createMcpHandler, z);
process.once('SIGTERM', () => sdk.shutdown());
