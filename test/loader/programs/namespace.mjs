import * as sdk from '@modelcontextprotocol/sdk/client/index.js';

console.log(globalThis.isHandedOver(sdk.Client));
