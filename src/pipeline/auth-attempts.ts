/** How many authentications have ended, and how: what `mcpguard.auth.attempts` shows. */
import type { AuthRecord } from '../core/call';

const MAX_SERVERS = 50;
const OTHER = '__other__';

interface Attempts {
  success: number;
  failure: number;
}

export class AuthAttempts {
  private readonly byServer = new Map<string, Attempts>();

  readonly count = ({ session, success }: AuthRecord): void => {
    this.of(session.serverId)[success ? 'success' : 'failure'] += 1;
  };

  *readings(): Generator<{
    readonly attributes: { readonly server_id: string; readonly outcome: keyof Attempts };
    readonly value: number;
  }> {
    for (const [server_id, { success, failure }] of this.byServer) {
      yield { attributes: { server_id, outcome: 'success' }, value: success };
      yield { attributes: { server_id, outcome: 'failure' }, value: failure };
    }
  }

  private of(serverId: string): Attempts {
    const known = this.byServer.get(serverId);
    if (known !== undefined) return known;
    if (this.byServer.size >= MAX_SERVERS && serverId !== OTHER) return this.of(OTHER);
    const attempts = { success: 0, failure: 0 };
    this.byServer.set(serverId, attempts);
    return attempts;
  }
}
