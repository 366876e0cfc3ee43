/** Budget lines: what was asked, what was measured, and whether it holds. */

/** @param {string} what @param {number | undefined} measured @param {number} limit @param {string} unit */
export function budget(what, measured, limit, unit = '') {
  const verdict =
    measured === undefined || Number.isNaN(measured) ? 'not measured' : measured <= limit ? 'pass' : 'FAIL';
  return { what, measured, limit, unit, verdict };
}

export function printBudgets(lines) {
  process.stdout.write('\nBudgets\n');
  for (const { what, measured, limit, unit, verdict } of lines) {
    const figure = measured === undefined ? '-' : `${measured.toFixed(2)}${unit}`;
    process.stdout.write(`  ${verdict.padEnd(12)} ${what}: ${figure} (limit ${limit}${unit})\n`);
  }
}
