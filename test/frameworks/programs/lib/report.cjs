'use strict';

/** Prints what a call gave, or threw: it must be the same with and without us. */
exports.report = async (what, call) => {
  try {
    console.log(what, 'gave', JSON.stringify(await call()));
  } catch (error) {
    console.log(what, 'threw', error?.name, error?.code, error?.message);
  }
};
