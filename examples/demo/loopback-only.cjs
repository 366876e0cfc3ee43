/**
 * Preload for a server that would listen on every network interface: it listens on 127.0.0.1 instead, and says where.
 *
 * `server-everything` has no option for the address, and one of its tools shows the environment to whoever asks.
 */
'use strict';
const { Server } = require('node:net');

const { listen } = Server.prototype;

Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  this.once('listening', () => console.error(`listening on 127.0.0.1:${this.address().port}`));
  return listen.call(this, Number(port), '127.0.0.1', ...rest);
};
