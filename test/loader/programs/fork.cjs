// Runs the program named as argument in a forked process, which inherits this one's options.
const { fork } = require('node:child_process');
const { join } = require('node:path');

fork(join(__dirname, process.argv[2]));
