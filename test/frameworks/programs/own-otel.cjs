/**
 * The agent's own OpenTelemetry, as a service sets it up before anything else: `node --require own-otel.cjs`. The
 * standard OTEL_* variables say where spans and metrics go.
 */
'use strict';
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK({ serviceName: 'agent' });
sdk.start();
process.once('beforeExit', () => sdk.shutdown().catch(console.error));

/** For a program that something ends before that. */
globalThis.endTelemetry = () => sdk.shutdown();
