// Preload of the loader's tests: installs the loader, writes one line to stderr for everything that it hands over, and gives
// the agent `isHandedOver(Class)`. By hand:
//   node --require ./test/loader/programs/report.cjs test/loader/programs/import.mjs
const fs = require('node:fs');
const path = require('node:path');
const threads = require('node:worker_threads');

const build = process.env.LOADER_BUILD ?? path.join(__dirname, '../../../build/src/loader');
const handedOver = new WeakSet();

/** The prototype that the package patches: the one that owns `_onrequest`, above `Client` and `Server`. */
function protocolPrototype(Class) {
  let prototype = Class.prototype;
  while (prototype && !Object.hasOwn(prototype, '_onrequest')) prototype = Object.getPrototypeOf(prototype);
  return prototype;
}

globalThis.isHandedOver = (Class) => (handedOver.has(protocolPrototype(Class)) ? 'handed over' : 'MISSED');

// The same rule as in src/register.ts.
const internal = threads.isInternalThread === true || (!threads.isMainThread && threads.parentPort === null);
if (!internal) {
  const { installLoader } = require(path.join(build, 'install.js'));
  installLoader((exports, origin) => {
    for (const Class of Object.values(exports)) handedOver.add(protocolPrototype(Class));
    fs.writeSync(2, `SDK ${JSON.stringify({ ...origin, names: Object.keys(exports) })}\n`);
  });
}
