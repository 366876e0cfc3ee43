// Preload: two copies of this package, of which the second must stay quiet. LOADER_SECOND is the other copy's loader folder.
//   LOADER_SECOND=/copy/loader node --require ./test/loader/programs/second-copy.cjs test/loader/programs/import.mjs
const fs = require('node:fs');
const path = require('node:path');

require('./report.cjs');
require(path.join(process.env.LOADER_SECOND, 'install.js')).installLoader(() => fs.writeSync(2, 'SECOND\n'));
