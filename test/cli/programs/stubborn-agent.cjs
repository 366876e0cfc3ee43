/**
 * An agent that does not end when it is asked to, and has a child that does not either. Prints the process ids of both.
 * By hand: node test/cli/programs/stubborn-agent.cjs, then kill -9
 */
'use strict';
const { spawn } = require('node:child_process');

process.on('SIGTERM', () => undefined);
const child = spawn(
  process.execPath,
  ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
  {
    stdio: 'ignore',
  },
);
process.stdout.write(`${process.pid} ${child.pid}\n`);
setInterval(() => undefined, 1000);
