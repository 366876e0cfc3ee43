// Loads the SDK before the hooks: the copy that is there already is handed over, and so are later ones.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
require(process.env.REPORT ?? './report.cjs');

console.log(globalThis.isHandedOver(Client));
