/** Preloaded before our package is used: a monitor that fails at every line. */
'use strict';
const { Monitor } = require('../../../build/src/monitor/monitor.js');

Monitor.prototype.observe = () => {
  throw new Error('the monitor broke');
};
