/** Keys of usage, and its rows as a snapshot shows them: those with the most calls first. */
import { UsageColumns } from './columns';
import {
  figuresOf,
  quantilesOf,
  type ServerUsage,
  type ToolUsage,
  type UsageRows,
  type UserUsage,
} from './snapshot';
import type { UsageTable } from './table';

const SEPARATOR = '\u0000';

/** The key of a tool, of its server and name, or of a user, of its tenant and id. */
export function joined(first: string, second: string): string {
  return first + SEPARATOR + second;
}

export function toolOf(key: string): Pick<ToolUsage, 'server_id' | 'tool_name'> {
  const at = key.indexOf(SEPARATOR);
  return { server_id: key.slice(0, at), tool_name: key.slice(at + 1) };
}

export function userOf(key: string): Pick<UserUsage, 'user_id' | 'tenant_id'> {
  const at = key.indexOf(SEPARATOR);
  const user_id = key.slice(at + 1);
  return at <= 0 ? { user_id } : { user_id, tenant_id: key.slice(0, at) };
}

/** The keys of pairs are serial numbers. */
export function keysBySerial(table: UsageTable<string>, now: number): Map<number, string> {
  return new Map(table.entries(now).map(([key, slot]) => [table.serialOf(slot), key]));
}

/** Figures of a server are those of its tools together. */
export function serverRows(tools: UsageTable<string>, top: number, now: number): UsageRows<ServerUsage> {
  const servers = new Map<string, { readonly slots: number[]; calls: number }>();
  for (const [key, slot] of tools.entries(now)) {
    const { server_id } = toolOf(key);
    const server = servers.get(server_id) ?? { slots: [], calls: 0 };
    server.slots.push(slot);
    server.calls += tools.columns.figures.calls(slot);
    servers.set(server_id, server);
  }
  const busiest = [...servers].toSorted(([, a], [, b]) => b.calls - a.calls).slice(0, top);
  const rows = busiest.map(([server_id, { slots }]): ServerUsage => {
    const sum = new UsageColumns(1, true);
    const one = sum.slots.take();
    for (const slot of slots) sum.merge(one, tools.columns, slot);
    return { server_id, tools: slots.length, ...figuresOf(sum, one, now), ...quantilesOf(sum, one) };
  });
  return { known: servers.size, rows };
}

/** @param rowOf - `undefined` for a key that is not shown */
export function rowsOf<Key extends string | number, Row>(
  table: UsageTable<Key>,
  top: number,
  now: number,
  rowOf: (key: Key, slot: number) => Row | undefined,
): UsageRows<Row> {
  const entries = table.entries(now);
  const busiest = entries.toSorted(
    ([, a], [, b]) => table.columns.figures.calls(b) - table.columns.figures.calls(a),
  );
  const rows: Row[] = [];
  for (const [key, slot] of busiest) {
    if (rows.length >= top) break;
    const row = rowOf(key, slot);
    if (row !== undefined) rows.push(row);
  }
  return { known: entries.length, rows };
}
