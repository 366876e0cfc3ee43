/** Says at the end, on stderr, which files of this package are loaded, below the folder of its build. */
'use strict';
const { sep } = require('node:path');

process.on('exit', () => {
  const ours = Object.keys(require.cache).filter((file) => file.includes(`${sep}build${sep}src${sep}`));
  const names = ours.map((file) => file.slice(file.lastIndexOf(`${sep}src${sep}`) + 5).replaceAll(sep, '/'));
  process.stderr.write(`loaded ${JSON.stringify(names)}\n`);
});
