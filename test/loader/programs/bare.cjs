// Needs no preload, unlike the others.
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');

console.log(Client.name);
