/** The OpenTelemetry of an agent's own: `--import` it. */
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ serviceName: 'agent' });
sdk.start();
process.once('beforeExit', () => sdk.shutdown().catch(console.error));

/** For an agent that is ended before that. */
globalThis.endTelemetry = () => sdk.shutdown();
