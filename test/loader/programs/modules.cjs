// An agent without MCP: prints which files the preload has loaded, relative to the package.
const { join, relative, sep } = require('node:path');

const build = process.env.BUILD_FOLDER ?? join(__dirname, '../../../build/src');
const own = Object.keys(require.cache).filter((file) => file !== __filename);
console.log(
  JSON.stringify(
    own.map((file) => relative(build, file).split(sep).join('/')).toSorted((a, b) => a.localeCompare(b)),
  ),
);
