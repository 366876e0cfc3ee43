/**
 * For the tests of an agent: what MCP calls it made, without any OpenTelemetry SDK.
 *
 * Run the tests under the preload (`node --require opentelemetry-instrumentation-mcp/register --test`), or hand the MCP
 * classes to `instrument()`. With `OTEL_MCP_SDK=off` nothing but the recorder listens.
 */
import type { CallRecord, SessionRecord } from './core/call';
import { runtime } from './pipeline/runtime';

export type { CallRecord, SessionRecord } from './core/call';

/** What {@link McpRecorder.find} looks for; a field left out matches everything. */
export interface CallFilter {
  /** JSON-RPC method, such as `tools/call`. */
  readonly method?: string;
  /** Name of the tool. */
  readonly tool?: string;
}

/** Keeps finished calls and connections in memory, in the order in which they ended. */
export interface McpRecorder {
  /** Every request and notification that has ended, sent or received. */
  readonly calls: readonly CallRecord[];
  /** Every connection that has ended. */
  readonly sessions: readonly SessionRecord[];
  /** The recorded calls of that method and that tool. */
  find(filter: CallFilter): CallRecord[];
  /**
   * The first recorded call that satisfies `predicate`: at once when there is one, else when it ends.
   *
   * @param timeoutMs - milliseconds to wait; default 1,000
   * @throws {Error} when no such call has ended in that time, with the methods of those that have
   */
  waitFor(predicate: (record: CallRecord) => boolean, timeoutMs?: number): Promise<CallRecord>;
  /** Forgets what was recorded so far. */
  reset(): void;
  /** Records no more; what was recorded stays. */
  stop(): void;
}

const DEFAULT_TIMEOUT_MS = 1_000;

/**
 * Starts to record every MCP call of this process.
 *
 * @example
 * import { createMcpRecorder } from 'opentelemetry-instrumentation-mcp/testing';
 *
 * const recorder = createMcpRecorder();
 * await agent.answer('What is the weather in Paris?');
 * const [call] = recorder.find({ tool: 'get-weather' });
 * assert.equal(call.outcome.status, 'success');
 * recorder.stop();
 */
export function createMcpRecorder(): McpRecorder {
  return new MemoryRecorder();
}

class MemoryRecorder implements McpRecorder {
  calls: CallRecord[] = [];
  sessions: SessionRecord[] = [];
  private readonly waiting = new Set<(record: CallRecord) => void>();
  private readonly unsubscribe = runtime().subscribe({
    name: 'testing',
    record: (record) => {
      this.calls.push(record);
      for (const look of this.waiting) look(record);
    },
    recordSession: (record) => void this.sessions.push(record),
  });

  find({ method, tool }: CallFilter): CallRecord[] {
    return this.calls.filter(
      ({ call }) =>
        (method === undefined || call.method === method) &&
        (tool === undefined || (call.target?.type === 'tool' && call.target.name === tool)),
    );
  }

  waitFor(predicate: (record: CallRecord) => boolean, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<CallRecord> {
    const known = this.calls.find(predicate);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        clearTimeout(timer);
        this.waiting.delete(look);
        settle();
      };
      const look = (record: CallRecord) => {
        try {
          if (predicate(record)) done(() => resolve(record));
        } catch (error) {
          done(() => reject(error));
        }
      };
      const timer = setTimeout(() => done(() => reject(this.nothingFound(timeoutMs))), timeoutMs);
      this.waiting.add(look);
    });
  }

  reset(): void {
    this.calls = [];
    this.sessions = [];
  }

  stop(): void {
    this.unsubscribe();
  }

  private nothingFound(timeoutMs: number): Error {
    const seen = this.calls.map(({ call }) => call.method).join(', ') || 'none';
    return new Error(`no such MCP call ended within ${timeoutMs} ms; calls that did: ${seen}`);
  }
}
