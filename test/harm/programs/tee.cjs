/**
 * Starts a stdio server and writes what passes, byte for byte: `node tee.cjs FOLDER command args...` appends what goes
 * to the server to FOLDER/in, what comes from it to FOLDER/out, and a line to FOLDER/starts.
 */
'use strict';
const { spawn } = require('node:child_process');
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , folder, command, ...args] = process.argv;
appendFileSync(join(folder, 'starts'), 'start\n');
const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const copy = (from, to, name) =>
  from.on('data', (chunk) => {
    appendFileSync(join(folder, name), chunk);
    to.write(chunk);
  });
copy(process.stdin, server.stdin, 'in').on('end', () => server.stdin.end());
copy(server.stdout, process.stdout, 'out');
server.stdin.on('error', () => undefined);
server.on('exit', (code) => {
  process.exitCode = code ?? 1;
  process.stdin.pause();
});
process.on('SIGTERM', () => server.kill('SIGTERM'));
