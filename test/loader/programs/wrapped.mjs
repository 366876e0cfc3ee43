// Prints how many methods of the SDK's class are wrappers of this package: none without the preload.
import { Protocol } from '@modelcontextprotocol/sdk/shared/protocol.js';

const ORIGINAL = Symbol.for('opentelemetry-instrumentation-mcp.original');
const names = Object.getOwnPropertyNames(Protocol.prototype).filter((name) => name !== 'transport');
console.log(names.filter((name) => Protocol.prototype[name][ORIGINAL] !== undefined).length);
