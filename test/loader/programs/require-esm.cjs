// A CommonJS agent and a framework that exists as ES modules only.
const { FrameworkClient } = require('./framework.mjs');

console.log(globalThis.isHandedOver(FrameworkClient));
