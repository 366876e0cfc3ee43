/** How many authentications have ended, and how: what `mcpguard.auth.attempts` shows. */
import type { AuthRecord } from '../core/call';
import type { Observation } from '../telemetry/ledger';
import type { Recorder } from './recorder';

const MAX_SERVERS = 50;
const OTHER = '__other__';

interface Attempts {
  success: number;
  failure: number;
}

export class AuthAttempts implements Recorder {
  readonly name = 'monitor';
  private readonly byServer = new Map<string, Attempts>();

  record(): void {}

  authenticated({ session, success }: AuthRecord): void {
    this.of(session.serverId)[success ? 'success' : 'failure'] += 1;
  }

  *readings(): Generator<Observation> {
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
