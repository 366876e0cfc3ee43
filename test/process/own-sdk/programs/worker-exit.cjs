/** An agent whose MCP client lives in a worker thread that ends itself with `process.exit()`. */
'use strict';
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');

const worker = new Worker(join(__dirname, '../../exit/programs/agent.cjs'), { argv: ['exit-later'] });
worker.on('exit', (code) => process.stdout.write(`worker ended with ${code}\n`));
