'use strict';
/** Hand-written: one CLIENT span and one histogram record per call. */
require('../floor.cjs').measureFloor();
