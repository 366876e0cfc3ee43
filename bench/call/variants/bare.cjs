'use strict';
/** The SDK alone: what everything else is compared with. By hand: node bench/call/variants/bare.cjs */
require('../workload.cjs').measure();
