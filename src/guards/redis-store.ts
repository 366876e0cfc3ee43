/**
 * Limits that many processes share, counted in Redis: the same windows and decisions as in memory.
 *
 * A call is asked about in one round trip. Redis that does not answer in time is asked nothing more until it has answered
 * or was given up, so that a slow one delays few calls, and is not left with a heap of questions that nobody waits for.
 */
import { createHash } from 'node:crypto';

import { milliseconds } from '../core/duration';
import type { Charge } from './limit';
import { RedisCluster } from './redis-cluster';
import { RedisConnection } from './redis-connection';
import type { RedisLink, RedisServers } from './redis-link';
import { REDIS_SCRIPTS, TAKE_REPLIES } from './redis-scripts';
import type { Answer, Asked, OnStoreError, SharedStore, Taking } from './shared-limits';
import { endOf, startOf } from './window-store';

export interface RedisSettings {
  /** One Redis, unless `cluster` names nodes of many. */
  readonly url?: string | undefined;
  readonly cluster?: readonly string[] | undefined;
  readonly keyPrefix: string;
  readonly timeoutMs: number;
  readonly onError: OnStoreError;
}

export interface RedisStoreOptions {
  /** File of the package `ioredis`. */
  readonly file: string;
  /** Told of every question that was not answered in time, and of points that could not be given back. */
  readonly storeFailed: () => void;
  /** Milliseconds since 1970. Default: the clock of Redis, so that processes whose clocks differ share windows. */
  readonly clock?: (() => number) | undefined;
}

/** Keys outlive their windows a little: it is not by vanishing that a window ends. */
const SPARE_MS = 60_000;
/** Calendar windows are those of each process's own clock. */
const SPARE_CALENDAR_MS = 3_600_000;

/** Characters, of 64 different ones: far more tags than a cluster has slots. */
const TAG_LENGTH = 6;
/** 192 bits: no two of what is counted share a key. */
const DIGEST_LENGTH = 32;

type State = 'asked' | 'late' | 'answered' | 'failed';

export class RedisStore implements SharedStore {
  private readonly servers: RedisServers;

  constructor(
    private readonly settings: RedisSettings,
    private readonly options: RedisStoreOptions,
  ) {
    const { url = '', cluster } = settings;
    this.servers =
      cluster === undefined
        ? new RedisConnection(options.file, url, REDIS_SCRIPTS)
        : new RedisCluster(options.file, cluster, REDIS_SCRIPTS);
  }

  get onError(): OnStoreError {
    return this.settings.onError;
  }

  prepare(): void {
    this.servers.open();
  }

  close(): void {
    this.servers.close();
  }

  take(asked: readonly Asked[], now: number, isAwaited: boolean): Taking {
    const { timeoutMs } = this.settings;
    const tag = this.tagOf(asked);
    const link = this.servers.linkTo(tag);
    const ready = link.isReady ? READY : link.opening(timeoutMs);
    if (ready === undefined || link.isLate) {
      this.options.storeFailed();
      return NOT_ASKED;
    }
    let state = 'asked' as State;
    let taken: Taken | undefined;
    const unwanted = new Set<Asked>();
    const giveBack = (limit: Asked): void => {
      if (taken?.kept.delete(limit) === true) this.giveBack(limit, taken, tag);
    };
    const answers = new Promise<readonly (Answer | undefined)[] | undefined>((resolve) => {
      const fail = (as: State): void => {
        state = as;
        this.options.storeFailed();
        resolve(undefined);
      };
      const expire = (): void => {
        if (state !== 'asked') return;
        fail('late');
        link.becameLate();
      };
      // An answer that came while the event loop was busy is read before the immediate runs.
      const timer = setTimeout(() => setImmediate(expire), timeoutMs);
      if (!isAwaited) timer.unref();
      this.ask(link, ready, asked, tag, now, () => state === 'asked').then(
        (reply) => {
          clearTimeout(timer);
          if (state === 'late') link.wasAnswered();
          if (reply === undefined) return;
          taken = this.read(asked, reply, now);
          state = 'answered';
          resolve(taken.answers);
          for (const limit of unwanted) giveBack(limit);
        },
        () => {
          clearTimeout(timer);
          if (state === 'late') link.wasAnswered();
          else fail('failed');
        },
      );
    });
    const refund = (limit: Asked): void => {
      if (state === 'answered') giveBack(limit);
      else unwanted.add(limit);
    };
    return { answers, refund };
  }

  /** @returns `undefined` when nobody wanted to know any more once there was a connection */
  private async ask(
    link: RedisLink,
    ready: Promise<void> | typeof READY,
    asked: readonly Asked[],
    tag: string,
    now: number,
    isWanted: () => boolean,
  ): Promise<readonly string[] | undefined> {
    if (ready !== READY) {
      await ready;
      if (!isWanted()) return undefined;
    }
    const keys: string[] = [];
    const args: (string | number)[] = [this.options.clock === undefined ? '' : now];
    for (const [owner, { charges, mode }] of asked.entries()) {
      for (const charge of charges) {
        const { points, limit, window } = charge;
        const end = endOf(window, now);
        const isCalendar = window === 'day' || window === 'month';
        const length = isCalendar || window === 'total' ? '' : milliseconds(window);
        const spare = isCalendar ? SPARE_CALENDAR_MS : SPARE_MS;
        const ttl = window === 'total' ? '' : Math.ceil(end - now) + spare;
        keys.push(this.keyOf(charge, tag, now));
        args.push(points, limit, length, ttl, owner, mode === 'enforce' ? 1 : 0);
      }
    }
    return (await link.run('mcpguardTake', keys, args)) as readonly string[];
  }

  /**
   * What the names of all keys of a call have in braces: a cluster keeps keys that share it in one slot, and a script takes
   * no others. It is made of what is part of every key, so that a key depends on its own limit alone: the tenant.
   */
  private tagOf([first]: readonly Asked[]): string {
    return hashed(`${this.settings.keyPrefix}|${first?.charges[0].tenant ?? ''}`).slice(0, TAG_LENGTH);
  }

  /** Hashed, so that no user, tool or argument of a server stands in Redis in clear. A calendar window has its own key. */
  private keyOf({ counter, values, window }: Charge, tag: string, now: number): string {
    const isCalendar = window === 'day' || window === 'month';
    const day = isCalendar ? `:${new Date(startOf(window, now)).toISOString().slice(0, 10)}` : '';
    const digest = hashed(values).slice(0, DIGEST_LENGTH);
    return `${this.settings.keyPrefix}:{${tag}}:${counter}:${digest}${day}`;
  }

  private read(asked: readonly Asked[], reply: readonly string[], now: number): Taken {
    const answers: (Answer | undefined)[] = [];
    const starts = new Map<Asked, readonly string[]>();
    let at = 0;
    for (const one of asked) {
      const first = at;
      at += one.charges.length * TAKE_REPLIES;
      answers.push(answerOf(one, reply.slice(first, at), now));
      starts.set(
        one,
        one.charges.map((_charge, index) => reply[first + index * TAKE_REPLIES + 3] ?? ''),
      );
    }
    const denying = asked.filter((_one, index) => answers[index]?.admitted === false);
    const isDenied = denying.some(({ mode }) => mode === 'enforce');
    const kept = asked.filter(
      ({ mode }, index) =>
        answers[index]?.admitted === true && !isDenied && (mode === 'enforce' || denying.length === 0),
    );
    return { answers, starts, kept: new Set(kept), now };
  }

  private giveBack(limit: Asked, { starts, now }: Taken, tag: string): void {
    const keys = limit.charges.map((charge) => this.keyOf(charge, tag, now));
    const args = limit.charges.flatMap(({ points }, index) => [starts.get(limit)?.[index] ?? '', points]);
    const link = this.servers.linkTo(tag);
    link.run('mcpguardRefund', keys, args).catch(() => this.options.storeFailed());
  }
}

/** What was taken for a call. */
interface Taken {
  readonly answers: readonly (Answer | undefined)[];
  /** Start of each charge's window. */
  readonly starts: ReadonlyMap<Asked, readonly string[]>;
  readonly kept: Set<Asked>;
  readonly now: number;
}

const READY = Symbol('ready');
const NOT_ASKED: Taking = { answers: Promise.resolve(undefined), refund() {} };

const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url');

function answerOf({ charges }: Asked, reply: readonly string[], now: number): Answer | undefined {
  for (const [charge, { window }] of charges.entries()) {
    const [state, remaining, after] = reply.slice(charge * TAKE_REPLIES);
    if (state === 's') return undefined;
    if (state === 'a') continue;
    const end = endOf(window, now);
    const calendar = end === Number.POSITIVE_INFINITY ? undefined : end - now;
    const retryAfterMs = after === '' ? calendar : Number(after);
    return { admitted: false, charge, remaining: Number(remaining), retryAfterMs };
  }
  return { admitted: true, charge: 0, remaining: Number(reply[1]) };
}
