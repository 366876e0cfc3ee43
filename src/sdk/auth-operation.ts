/**
 * What the requests of one operation of a transport say about authentication. An operation is one message sent, one stream
 * opened or one authorization finished, with everything that the transport does for it: it may be refused with 401 or 403, run
 * a flow of OAuth, and be tried again.
 *
 * A refusal that leads to a flow is no outcome, the flow's end is. A flow has authorized when its last token request was granted
 * and the refused request is tried again; it has failed when the operation ends with an error; while the user is being asked it
 * has no outcome, which is that of `finishAuth`. A refusal that no flow follows is an outcome once the operation is over.
 */
import type { AuthMethod, AuthOutcome } from '../core/call';
import { isRedirectPending, refusalIn } from './auth-errors';
import { failureType } from './errors';
import { isObject } from './shapes';

/** One HTTP request of an operation. */
export interface AuthRequest {
  /** `mcp`: of the server itself; `token`: of a token endpoint; `other`: whatever else a flow asks for. */
  readonly target: 'mcp' | 'token' | 'other';
  /** Of a token request, where its body could be seen. */
  readonly grant?: string | undefined;
  /** Whether an access token went with it. */
  readonly carriesToken?: (() => boolean) | undefined;
  status?: number | undefined;
  error?: unknown;
}

/** What an operation has to know of its transport, and whom it tells. */
export interface AuthWitness {
  /** The transport can run flows of OAuth. */
  readonly hasOAuth: boolean;
  /** The transport has somebody to turn to when it is refused. */
  readonly hasProvider: boolean;
  report(outcome: AuthOutcome): void;
}

interface Flow {
  last: AuthRequest;
  token?: AuthRequest | undefined;
}

/** Errors that have told of an outcome: concurrent operations that share a flow fail with the same one. */
const told = new WeakSet<object>();

export class AuthOperation {
  private isOver = false;
  private flow: Flow | undefined;
  /** The last request to the server. */
  private asked: AuthRequest | undefined;
  /** The request that is under way: one at a time. */
  private pending: AuthRequest | undefined;

  /**
   * @param group - what it does; `finishAuth` is a flow that a user has consented to
   * @param message - that it sends
   * @param isFlow - it is a flow from its beginning
   */
  constructor(
    private readonly witness: AuthWitness,
    readonly group: string,
    readonly message: unknown,
    private readonly isFlow: boolean,
  ) {}

  get isPending(): boolean {
    return !this.isOver;
  }

  /** A request that was seen is under way: what is seen meanwhile is the same one, or is made to make it. */
  get isWaiting(): boolean {
    return this.pending !== undefined;
  }

  begins(request: AuthRequest): void {
    this.pending = request;
    if (request.target === 'mcp') {
      this.retried();
      this.asked = request;
    } else if (this.isFlow || this.refusal !== undefined) {
      const token = request.target === 'token' ? request : this.flow?.token;
      this.flow = { last: request, token };
    }
  }

  answered(request: AuthRequest, status: number): void {
    request.status = status;
    this.pending = undefined;
    if (this.isOver) this.answeredLate(request);
  }

  failed(request: AuthRequest, error: unknown): void {
    request.error = error ?? 'unknown';
    this.pending = undefined;
    if (this.isOver) this.answeredLate(request);
  }

  /** The operation tries again what was refused: a flow before it has ended well. */
  retried(): void {
    const token = this.flow?.token;
    if (token !== undefined) this.flowOver(isGranted(token));
    this.flow = undefined;
    this.asked = undefined;
  }

  fulfilled(): void {
    if (this.isOver) return;
    const { flow, refusal } = this;
    if (this.group === 'finishAuth') this.witness.report({ method: 'oauth_authorize', success: true });
    else if (flow?.token !== undefined) this.flowOver(isGranted(flow.token));
    else if (flow === undefined && refusal !== undefined) this.refused(refusal);
    this.over();
  }

  rejected(error: unknown): void {
    if (this.isOver) return;
    if (!isTold(error)) this.failedWith(error);
    this.over();
  }

  private failedWith(error: unknown): void {
    if (this.group === 'finishAuth') {
      // Without a provider nothing was tried.
      if (this.witness.hasOAuth) this.flowOver(false, error);
      return;
    }
    const isAskingUser = this.witness.hasOAuth && isRedirectPending(error);
    if (this.flow !== undefined) {
      const isRefused = this.flow.token !== undefined && !isGranted(this.flow.token);
      if (!isAskingUser || isRefused) this.flowOver(false, error);
      return;
    }
    const refusal = this.refusal ?? (this.asked?.status === undefined ? refusalIn(error) : undefined);
    if (refusal === undefined) {
      if (this.isFlow && !isAskingUser) this.flowOver(false, error);
    } else if (!isAskingUser) {
      // A flow may fail before its first request.
      if (this.witness.hasOAuth && refusalIn(error) === undefined) this.flowOver(false, error);
      else this.refused(refusal);
    }
  }

  /** An event source connects anew by itself, long after it was started. */
  private answeredLate(request: AuthRequest): void {
    if (request.target === 'token' && this.flow !== undefined) {
      this.flowOver(isGranted(request));
      this.over();
    } else if (request === this.asked && this.refusal !== undefined && !this.witness.hasProvider) {
      this.refused(this.refusal);
      this.over();
    }
  }

  private over(): void {
    this.isOver = true;
    this.flow = undefined;
    this.asked = undefined;
  }

  private get refusal(): '401' | '403' | undefined {
    const status = this.asked?.status;
    return status === 401 || status === 403 ? (String(status) as '401' | '403') : undefined;
  }

  private refused(status: '401' | '403'): void {
    this.witness.report({ method: `http_${status}`, success: false, errorType: status });
  }

  private flowOver(success: boolean, error?: unknown): void {
    const method = this.flowMethod();
    if (success) this.witness.report({ method, success });
    else this.witness.report({ method, success, errorType: flowErrorType(this.flow, error) });
  }

  private flowMethod(): AuthMethod {
    const token = this.flow?.token;
    if (this.group === 'finishAuth' || token === undefined) return 'oauth_authorize';
    // Where the grant cannot be seen: what had a token before gets another one.
    const isRefresh =
      token.grant === undefined ? this.asked?.carriesToken?.() === true : token.grant === 'refresh_token';
    return isRefresh ? 'oauth_refresh' : 'oauth_authorize';
  }
}

function isGranted({ status }: AuthRequest): boolean {
  return status !== undefined && status < 400;
}

function flowErrorType(flow: Flow | undefined, error: unknown): string {
  const { token } = flow ?? {};
  // After it a user may have been asked.
  const last = token === undefined || isGranted(token) ? flow?.last : token;
  if (last?.error !== undefined) {
    const name = isObject(last.error) ? last.error['name'] : undefined;
    if (name === 'AbortError') return 'cancelled';
    return name === 'TimeoutError' ? 'timeout' : 'transport_error';
  }
  if (last?.status !== undefined && last.status >= 400) return String(last.status);
  return failureType(error, { sent: false, answered: false, aborted: false });
}

/** Remembered until those who share the error have had it, not longer: an agent may throw the same object again. */
function isTold(error: unknown): boolean {
  if (!isObject(error)) return false;
  if (told.has(error)) return true;
  told.add(error);
  setImmediate(() => told.delete(error)).unref();
  return false;
}
