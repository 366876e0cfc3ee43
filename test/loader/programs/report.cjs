// Preload that installs the loader and writes one line to stderr for everything that it hands over. By hand:
//   node --require ./test/loader/programs/report.cjs agent.mjs
const threads = require('node:worker_threads');
const fs = require('node:fs');
const path = require('node:path');

const build = process.env.LOADER_BUILD ?? path.join(__dirname, '../../../build/src/loader');
const internal = threads.isInternalThread === true || (!threads.isMainThread && threads.parentPort === null);
if (!internal) {
  const { installLoader } = require(path.join(build, 'install.js'));
  installLoader((exports, origin) => {
    const names = Object.keys(exports).filter((name) => '_onrequest' in exports[name].prototype);
    fs.writeSync(2, `SDK ${JSON.stringify({ ...origin, names })}\n`);
  });
}
