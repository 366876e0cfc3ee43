/**
 * Preload for a server that would listen on every network interface: it listens on 127.0.0.1 instead, says where, and
 * ends when its stdin does, so that it never outlives the demo.
 *
 * `server-everything` has no option for the address, and one of its tools shows the environment to whoever asks.
 */
'use strict';
const { Server } = require('node:net');
const { isMainThread } = require('node:worker_threads');

const { listen } = Server.prototype;

Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  this.once('listening', () => console.error(`listening on 127.0.0.1:${this.address().port}`));
  return listen.call(this, Number(port), '127.0.0.1', ...rest);
};

// A preload runs again in the thread of Node's module hooks, which must not wait for stdin.
if (isMainThread) process.stdin.resume().once('end', () => process.exit(0));
