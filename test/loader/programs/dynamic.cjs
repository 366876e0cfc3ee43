import('@modelcontextprotocol/sdk/client/index.js').then(({ Client }) => {
  console.log(globalThis.isHandedOver(Client));
});
