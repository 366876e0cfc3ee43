/** How many authentications have ended, and how: what `mcpguard.auth.attempts` shows. */
import type { AuthRecord } from '../core/call';
import { CAPS, OTHER_LABEL } from '../telemetry/labels';
import type { Observation } from '../telemetry/ledger';
import type { Recorder } from './recorder';

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
    if (this.byServer.size >= CAPS.server_id && serverId !== OTHER_LABEL) return this.of(OTHER_LABEL);
    const attempts = { success: 0, failure: 0 };
    this.byServer.set(serverId, attempts);
    return attempts;
  }
}
