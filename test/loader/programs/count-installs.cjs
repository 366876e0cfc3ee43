// Preload that says in which threads the preload after it loads the loader.
const fs = require('node:fs');
const Module = require('node:module');
const threads = require('node:worker_threads');

const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === './loader/install') {
    fs.writeSync(2, `INSTALL in ${threads.isMainThread ? 'main thread' : 'other thread'}\n`);
  }
  return load.call(this, request, ...rest);
};
