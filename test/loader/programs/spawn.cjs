// Runs the program named as argument in a plain child process: only NODE_OPTIONS reaches it.
const { spawn } = require('node:child_process');
const { join } = require('node:path');

spawn(process.execPath, [join(__dirname, process.argv[2])], { stdio: 'inherit' });
