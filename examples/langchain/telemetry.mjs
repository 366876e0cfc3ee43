/**
 * The agent's own OpenTelemetry, as any Node.js service sets it up: the standard OTEL_* variables say where spans go.
 * Nothing in it is about MCP.
 */
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ serviceName: 'notes-agent' });
sdk.start();
process.once('beforeExit', () => sdk.shutdown().catch(console.error));
