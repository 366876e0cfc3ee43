'use strict';
/** Hand-written: CLIENT span and SERVER span of each call in one trace, a histogram record on either side. */
require('../floor.cjs').measureFloor({ inject: true, server: true });
