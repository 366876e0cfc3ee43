/** Outcomes of authentication that clients saw at servers, as `mcp_auth` lines say. */
import { OTHER } from '../core/counts';
import type { Facts } from './line-facts';

export interface AuthenticationRow {
  readonly server_id: string;
  /** `oauth_authorize`, `oauth_refresh`, `http_401`, `http_403`. */
  readonly method: string;
  readonly successful: number;
  readonly failed: number;
}

const MOST = 200;

type Counted = { -readonly [K in keyof AuthenticationRow]: AuthenticationRow[K] };

export class Authentications {
  readonly total = { successful: 0, failed: 0 };
  private readonly rows = new Map<string, Counted>();

  add({ method = 'unknown', server, success }: Facts): void {
    const outcome = success ? 'successful' : 'failed';
    this.total[outcome] += 1;
    this.rowOf(server, method)[outcome] += 1;
  }

  /** Those with the most failures first. */
  table(): AuthenticationRow[] {
    return [...this.rows.values()].toSorted(
      (a, b) => b.failed - a.failed || b.successful - a.successful || (a.server_id < b.server_id ? -1 : 1),
    );
  }

  private rowOf(server: string, method: string): Counted {
    const isFull = this.rows.size >= MOST && !this.rows.has(JSON.stringify([server, method]));
    const [server_id, how] = isFull ? [OTHER, OTHER] : [server, method];
    const key = JSON.stringify([server_id, how]);
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { server_id, method: how, successful: 0, failed: 0 };
      this.rows.set(key, row);
    }
    return row;
  }
}
