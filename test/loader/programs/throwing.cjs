// Preload whose callback fails.
//   node --require ./test/loader/programs/throwing.cjs test/loader/programs/import.mjs
const path = require('node:path');

const build = process.env.LOADER_BUILD ?? path.join(__dirname, '../../../build/src/loader');
globalThis.isHandedOver = () => 'still running';
require(path.join(build, 'install.js')).installLoader(() => {
  throw new Error('callback failed');
});
