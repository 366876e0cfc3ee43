/** The client connections open now: what `mcp.active_connections` shows, whichever provider asks. */
import type { Session } from '../core/call';
import type { Observation } from './ledger';

interface Entry {
  readonly labels: { readonly server_id: string; readonly agent_name: string };
}

export class ConnectionTable {
  private readonly counts = new Map<string, { entry: Entry; count: number }>();
  private readonly open = new WeakMap<Session, Entry>();
  /** A client dropped without `close()` holds no connection any more once it is collected. */
  private readonly dropped = new FinalizationRegistry<Entry>((entry) => this.count(entry, -1));

  add(session: Session, labels: Entry['labels']): void {
    if (this.open.has(session)) return;
    const entry = { labels };
    this.open.set(session, entry);
    this.dropped.register(session, entry, session);
    this.count(entry, 1);
  }

  remove(session: Session): void {
    const entry = this.open.get(session);
    if (entry === undefined) return;
    this.open.delete(session);
    this.dropped.unregister(session);
    this.count(entry, -1);
  }

  /** One observation per label set that ever had a connection: a set without one is 0, not absent. */
  *read(): Generator<Observation> {
    for (const { entry, count } of this.counts.values()) yield { attributes: entry.labels, value: count };
  }

  private count(entry: Entry, by: 1 | -1): void {
    const key = `${entry.labels.server_id}\u0000${entry.labels.agent_name}`;
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { entry, count: by });
    else known.count += by;
  }
}
