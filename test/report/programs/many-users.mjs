/**
 * Writes a log to standard output in which every user calls once, but for fifty who call often:
 *
 *     node test/report/programs/many-users.mjs 1000000 | otel-mcp report -
 */
import { once } from 'node:events';

const count = Number(process.argv[2] ?? 1_000_000);
const start = Date.parse('2026-11-18T00:00:00Z');
const { stdout } = process;

for (let from = 0; from < count; from += 1_000) {
  let text = '';
  for (let index = from; index < Math.min(count, from + 1_000); index += 1) {
    const user = index % 20 === 0 ? `often${(index / 20) % 50}` : `user${index}`;
    const timestamp = new Date(start + index * 86).toISOString();
    text += `MCP_AUDIT: {"event":"mcp_tool_call","tool_name":"t${index % 7}","server_id":"s","user_id":"${user}","agent_name":"a","success":true,"latency_ms":${(index * 7919) % 1000},"timestamp":"${timestamp}"}\n`;
  }
  if (!stdout.write(text)) await once(stdout, 'drain');
}
