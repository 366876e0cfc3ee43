'use strict';
/** The cheapest asynchronous loader there is: what any preload pays that has no `registerHooks` to use. */
const { register } = require('node:module');
const { isMainThread } = require('node:worker_threads');
const { pathToFileURL } = require('node:url');

// A --require runs in the loader's own thread too.
if (isMainThread) register('./empty-hooks.mjs', pathToFileURL(__filename));
