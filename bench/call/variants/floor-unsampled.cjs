'use strict';
/** Hand-written, and the sampler says no: inject and the histogram record remain. */
require('../floor.cjs').measureFloor({ inject: true, sampled: false });
