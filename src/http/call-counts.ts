/** What clients of this process have done, under the keys of the monitoring guide's report. */
import type { CallRecord, DenialKind } from '../core/call';
import { countsAsToolCall } from '../core/tool-call';
import type { Recorder } from '../pipeline/recorder';

interface SecurityEvent {
  readonly count: number;
}

export interface CallCounts {
  readonly tool_call_stats: {
    /** Attempted `tools/call`: the next three together. */
    readonly total_calls: number;
    readonly successful: number;
    readonly failed: number;
    readonly denied: number;
    /** Milliseconds, of calls that were not denied; 0 without one. */
    readonly avg_latency_ms: number;
  };
  /** Calls of any guarded method that were denied, or would have been. */
  readonly security_events: {
    readonly access_denied: SecurityEvent;
    readonly rate_limits: SecurityEvent;
    readonly budget_exceeded: SecurityEvent;
  };
}

type SecurityEventName = keyof CallCounts['security_events'];

const EVENTS: Readonly<Partial<Record<DenialKind, SecurityEventName>>> = {
  access_denied: 'access_denied',
  guard_unavailable: 'access_denied',
  rate_limited: 'rate_limits',
  budget_exceeded: 'budget_exceeded',
};

export class CallCounter implements Recorder {
  readonly name = 'health';
  private readonly calls = { success: 0, error: 0, denied: 0 };
  private readonly events: Record<SecurityEventName, number> = {
    access_denied: 0,
    rate_limits: 0,
    budget_exceeded: 0,
  };
  private seconds = 0;

  /** @param kindOf - the denial that a guard's deny verdict is */
  constructor(private readonly kindOf: (decision: CallRecord['decisions'][number]) => DenialKind) {}

  record({ call, outcome, decisions, seconds }: CallRecord): void {
    if (call.session.role !== 'client' || call.parent !== undefined) return;
    const denial = decisions.find(({ action }) => action === 'blocked' || action === 'observed');
    const event = denial && EVENTS[this.kindOf(denial)];
    if (event !== undefined) this.events[event] += 1;
    if (!countsAsToolCall(call)) return;
    this.calls[outcome.status] += 1;
    if (outcome.status !== 'denied') this.seconds += seconds;
  }

  counts(): CallCounts {
    const { success, error, denied } = this.calls;
    const ran = success + error;
    const { access_denied, rate_limits, budget_exceeded } = this.events;
    return {
      tool_call_stats: {
        total_calls: ran + denied,
        successful: success,
        failed: error,
        denied,
        avg_latency_ms: ran === 0 ? 0 : Math.round((this.seconds / ran) * 1e5) / 100,
      },
      security_events: {
        access_denied: { count: access_denied },
        rate_limits: { count: rate_limits },
        budget_exceeded: { count: budget_exceeded },
      },
    };
  }
}
