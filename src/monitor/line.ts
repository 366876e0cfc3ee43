/**
 * What the monitor is told of: the fields of an audit line that it reads, under the audit log's own names, so that a log read
 * later raises what the same calls raised live. Every field may be missing, as in lines of other programs.
 */
export interface MonitoredLine {
  readonly event: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly action?: string | undefined;
  readonly agent_name?: string | null | undefined;
  readonly call_id?: string | undefined;
  readonly error_type?: string | undefined;
  readonly guard?: string | undefined;
  /** Milliseconds; 0 for a call that was never sent. */
  readonly latency_ms?: number | undefined;
  readonly method?: string | undefined;
  /** Absent on the line of an observed denial, whose call goes on. */
  readonly outcome?: string | undefined;
  readonly params_hash?: string | null | undefined;
  readonly reason?: string | undefined;
  readonly req_bytes?: number | undefined;
  readonly res_bytes?: number | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly rule?: string | undefined;
  readonly server_id?: string | null | undefined;
  readonly session?: string | undefined;
  /** `connection`: `session` is that of the transport, one per server, and says nothing of the agent’s own. */
  readonly session_scope?: string | undefined;
  readonly span_id?: string | undefined;
  readonly success?: boolean | undefined;
  readonly target?: string | undefined;
  readonly tenant_id?: string | undefined;
  readonly tool_digest?: string | undefined;
  readonly tool_name?: string | null | undefined;
  readonly trace_id?: string | undefined;
  readonly user_id?: string | null | undefined;
  readonly verdict?: string | undefined;
  readonly writer?: string | undefined;
}
