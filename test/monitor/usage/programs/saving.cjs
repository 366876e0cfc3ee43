/**
 * Counts up, and keeps the count in the state file FILE, saved every 100 ms; prints what it began with and each count that
 * is a new save's. Ends when it is killed.
 *
 * By hand: node test/monitor/usage/programs/saving.cjs /tmp/state.json
 */
const { openStateFile } = require('../../../../build/src/monitor/state-file.js');

let count = 0;
const part = {
  name: 'count',
  save() {
    console.log(`saves ${count}`);
    return [count];
  },
  restore: ([saved]) => (count = saved),
};
const kept = { parts: () => [part], changes: () => count, restores: true };
if (openStateFile(process.argv[2], kept, 100) === undefined) process.exit(1);
console.log(`began ${count}`);
setInterval(() => (count += 1), 5);
