'use strict';
const { execFileSync } = require('node:child_process');
const { cpSync, existsSync, renameSync, rmSync } = require('node:fs');
const { dirname, join } = require('node:path');

const SOURCE = join(__dirname, '../xmcp');
const BUILT = join(__dirname, '../xmcp-built');

/** An xmcp project, built as its user builds it, and once. @returns its folder */
exports.built = () => {
  if (existsSync(BUILT)) return BUILT;
  const project = `${BUILT}.${process.pid}`;
  cpSync(SOURCE, project, { recursive: true });
  const command = join(dirname(require.resolve('xmcp/package.json')), 'dist/cli.js');
  execFileSync(process.execPath, [command, 'build'], { cwd: project, stdio: 'ignore' });
  // Another program may have been faster.
  if (existsSync(BUILT)) rmSync(project, { recursive: true });
  else renameSync(project, BUILT);
  return BUILT;
};
