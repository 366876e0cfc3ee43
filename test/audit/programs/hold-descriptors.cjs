/**
 * Takes every descriptor that the process may have, then opens an audit log and writes to it, then gives them back and
 * writes again. Prints what the log says each time. Run under a small limit: `ulimit -n 64`.
 *
 *     node test/audit/programs/hold-descriptors.cjs FOLDER
 */
const { closeSync, openSync } = require('node:fs');
const { join } = require('node:path');

const audit = join(__dirname, '../../../build/src/audit');
const { AuditWriter } = require(join(audit, 'writer.js'));
const { newRecord } = require(join(audit, 'record.js'));
const { auditKeys } = require(join(audit, 'keys.js'));

let now = Date.now();
const held = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch (error) {
  if (error.code !== 'EMFILE') throw error;
}
const writer = new AuditWriter({
  dir: process.argv[2],
  prefix: '',
  fsync: 'none',
  rotateBytes: 1e9,
  keys: auditKeys(Buffer.alloc(32, 7)),
  start: () => ({}),
  now: () => now,
});
const state = () => ({
  isWritable: writer.isWritable(),
  dropped: Object.fromEntries(writer.counters().dropped),
});
const lines = [];
lines.push({ wrote: writer.write(newRecord('mcp_tool_call')), ...state() });
for (const fd of held) closeSync(fd);
lines.push({ wrote: writer.write(newRecord('mcp_tool_call')), ...state() });
now += 5_000;
lines.push({ wrote: writer.write(newRecord('mcp_tool_call')), ...state() });
writer.close();
console.log(JSON.stringify(lines));
