/** Preloaded before everything: a clock that its program can put forward (`clock.skipped += ms`) or hold (`clock.fixed = ms`). */
'use strict';
const realNow = Date.now.bind(Date);
const clock = { skipped: 0, fixed: undefined };
Date.now = () => clock.fixed ?? realNow() + clock.skipped;
module.exports = clock;
