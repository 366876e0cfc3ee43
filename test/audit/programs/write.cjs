/**
 * Writes audit lines as fast as it can, until it is killed or has written COUNT of them.
 *
 *     node test/audit/programs/write.cjs dir FOLDER PROGRESS [COUNT]
 *     node test/audit/programs/write.cjs file FILE PROGRESS [COUNT]
 *
 * After every write that has returned, the number of lines written so far is put into the file PROGRESS, 8 bytes at its
 * beginning: what was written to a file stays when the process is killed. At the end it prints its counters.
 */
const { openSync, writeSync } = require('node:fs');
const { join } = require('node:path');

const audit = join(__dirname, '../../../build/src/audit');
const { AuditWriter } = require(join(audit, 'writer.js'));
const { newRecord } = require(join(audit, 'record.js'));
const { auditKeys } = require(join(audit, 'keys.js'));

const [kind, place, progressFile, count = 'Infinity'] = process.argv.slice(2);
const writer = new AuditWriter({
  [kind]: place,
  prefix: kind === 'file' ? 'MCP_AUDIT: ' : '',
  fsync: 'none',
  rotateBytes: 262_144,
  keys: auditKeys(Buffer.alloc(32, 7)),
  start: () => ({ policy_digest: '0123456789ab', package_version: '0.0.0' }),
});

const progress = openSync(progressFile, 'w');
const written = Buffer.alloc(8);
for (let line = 0; line < Number(count); line += 1) {
  // Lines of all lengths, up to more than a page.
  const result = 'x'.repeat((line * 37) % 9_000);
  const record = Object.assign(newRecord('mcp_tool_call'), {
    tool_name: 'read_file',
    user_id: `u${line}`,
    result,
  });
  if (!writer.write(record)) break;
  written.writeBigUInt64LE(BigInt(writer.counters().records));
  writeSync(progress, written, 0, 8, 0);
}
writer.close();
const { records, dropped, headSeq } = writer.counters();
console.log(JSON.stringify({ records, dropped: Object.fromEntries(dropped), headSeq }));
