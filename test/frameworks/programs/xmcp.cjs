/** An xmcp project: built as its user builds it, once, and then started. */
'use strict';
const { execFileSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

const project = join(__dirname, 'xmcp');
const server = join(project, 'dist/stdio.js');
if (!existsSync(server)) {
  const command = join(dirname(require.resolve('xmcp/package.json')), 'dist/cli.js');
  execFileSync(process.execPath, [command, 'build'], { cwd: project, stdio: 'ignore' });
}
process.chdir(project);
require(server);
