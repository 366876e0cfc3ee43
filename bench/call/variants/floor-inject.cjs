'use strict';
/** Hand-written: one CLIENT span, one histogram record, trace context in `_meta`. The floor of the budgets. */
require('../floor.cjs').measureFloor({ inject: true });
