/** What is there for the first time: a user at a tool, a server; and the definition of a tool that is not what it was. */
import { LRUCache } from 'lru-cache';

import type { Evicted } from '../finding';
import { Allowance } from './allowance';
import { keyOf } from './key-table';
import { scoreOf } from './evidence';
import { DAY, F, HOUR } from './row';
import { nameOf, type KeyInHand, type Subject } from './subject';
import { named } from './words';

/** Scores are a half at this surprise. */
const LEAST_SURPRISE = 2;
/** A user that has made so many calls is known a little, and better up to a limit. */
const CALLS_KNOWN = 100;
const MOST_KNOWN = 2;
/** A tool or server that has been there for less is new for everybody. */
const NEW = 7 * DAY;

/** Pairs of user and tool. */
export class KnownTools {
  /** Minute of the last call. */
  private pairs: LRUCache<string, number>;
  private allowance = new Allowance(2, 1);

  constructor(
    max: number,
    private maxAge: number,
    evicted: Evicted,
    /** Told of the user of a pair that is forgotten. */
    forgotten: (user: string) => void,
  ) {
    this.pairs = new LRUCache<string, number>({
      max,
      dispose: (_minute, pair, reason) => {
        if (reason !== 'evict') return;
        evicted('anomaly_user_tool');
        forgotten(pair.slice(0, pair.indexOf(BETWEEN)));
      },
    });
  }

  /** @param isWatched - whether to raise it, besides learning it */
  observe(subject: Subject, userKey: string, toolKey: string, isWatched: boolean): void {
    const { minute, tool, user } = subject;
    const pair = userKey + BETWEEN + toolKey;
    const before = this.pairs.get(pair);
    const isKnown = before !== undefined && minute - before <= this.maxAge;
    // Exact to the hour is enough, and spares most writes.
    const isFresh = before !== undefined && Math.abs(minute - before) < HOUR;
    const isNewServer = !isFresh && this.noteServer(userKey, toolKey, minute);
    if (!isFresh) this.pairs.set(pair, Math.floor(minute));
    if (user === undefined) return;
    this.allowance.pass(minute);
    if (isKnown) return;
    const place = tool.row + F.users;
    const others = tool.table.values[place]!;
    tool.table.values[place] = others + 1;
    const age = minute - tool.table.values[tool.row + F.first]!;
    // A tool that is new for everybody is a matter of its server, and then of the one who calls it first.
    if (age < NEW && others > 0) return;
    if (
      !subject.isReady('new_tool_for_user', user) ||
      minute - user.table.values[user.row + F.forgottenAt]! < NEW
    )
      return;
    const surprise = this.surprise(subject, user, others, isNewServer);
    if (!this.allowance.take(surprise) || !isWatched) return;
    const who =
      others === 0
        ? 'nobody has used it'
        : `${others} other ${others === 1 ? 'user has' : 'users have'} used it`;
    const description = `${nameOf(user)} called ${nameOf(subject.tool)} for the first time; ${who}`;
    subject.raise(
      { detector: 'new_tool_for_user', score: scoreOf(surprise, LEAST_SURPRISE), description, since: minute },
      user,
    );
  }

  /** @returns whether the user has never called the server */
  private noteServer(userKey: string, toolKey: string, minute: number): boolean {
    const pair = `${userKey}${BETWEEN}${toolKey.slice(0, toolKey.indexOf('\u0000') + 1)}`;
    const before = this.pairs.get(pair);
    this.pairs.set(pair, Math.floor(minute));
    return before === undefined || minute - before > this.maxAge;
  }

  /** More of a tool that few use, of a user that is long known, and of a server that is new for the user. */
  private surprise({ event }: Subject, user: KeyInHand, others: number, isNewServer: boolean): number {
    const users = Math.max(user.table.size, others + 1);
    const calls = user.table.values[user.row + F.calls]!;
    const known = Math.min(MOST_KNOWN, Math.log(calls / CALLS_KNOWN));
    const matters = (event.tags.length > 0 ? 1.5 : 0) + (isNewServer ? 1.5 : 0);
    return Math.log(users / (others + 1)) + known + matters;
  }

  *save(): Generator {
    yield ['allowance', this.allowance.save()];
    const all = [...this.pairs.rkeys()];
    for (const pair of all) {
      const minute = this.pairs.peek(pair);
      if (minute !== undefined) yield ['pair', pair, minute];
    }
  }

  restore([kind, one, two]: readonly unknown[]): void {
    if (kind === 'allowance') this.allowance.restore(one);
    else if (kind === 'pair' && typeof one === 'string' && typeof two === 'number' && Number.isFinite(two)) {
      if (this.pairs.size < this.pairs.max) this.pairs.set(one, two);
    }
  }
}

/** Between user and tool; in no name, for names of other characters are cut off there. */
const BETWEEN = '\u0000\u0000';

/** Servers of an agent are few. */
const MOST_SERVERS = 1_000;
const ENOUGH_CALLS = 200;

interface CallsSince {
  readonly events: number;
  readonly since: number;
}

export class KnownServers {
  private servers: LRUCache<string, number>;
  private allowance = new Allowance(0, 0.34);

  constructor(
    private maxAge: number,
    evicted: Evicted,
  ) {
    this.servers = new LRUCache<string, number>({
      max: MOST_SERVERS,
      dispose: (_minute, _server, reason) => {
        if (reason === 'evict') evicted('anomaly_server');
      },
    });
  }

  observe(subject: Subject, server: string, clock: CallsSince, isWatched: boolean): void {
    const { minute, tool } = subject;
    const key = keyOf(server);
    const before = this.servers.get(key);
    if (before === undefined || Math.abs(minute - before) >= HOUR) this.servers.set(key, Math.floor(minute));
    this.allowance.pass(minute);
    if (before !== undefined && minute - before <= this.maxAge) return;
    if (clock.events < ENOUGH_CALLS || minute - clock.since < DAY) return;
    if (!this.allowance.take(1) || !isWatched) return;
    const who = subject.user === undefined ? '' : `, by ${nameOf(subject.user)}`;
    const description = `server ${named(server)} was called for the first time${who}`;
    subject.raise({ detector: 'new_server', score: 0.8, description, since: minute }, tool);
  }

  *save(): Generator {
    yield ['allowance', this.allowance.save()];
    const all = [...this.servers.rkeys()];
    for (const server of all) yield ['server', server, this.servers.peek(server) ?? 0];
  }

  restore([kind, one, two]: readonly unknown[]): void {
    if (kind === 'allowance') this.allowance.restore(one);
    else if (kind === 'server' && typeof one === 'string' && typeof two === 'number' && Number.isFinite(two))
      this.servers.set(one, two);
  }
}

/** Definitions of a tool that are remembered: servers behind one address may be of two versions for a while. */
const DIGESTS = 3;
const LONGEST_DIGEST = 80;

export class KnownDefinitions {
  private digests = new Map<number, string[]>();

  observe(subject: Subject, digest: string | undefined, isWatched: boolean): void {
    if (digest === undefined || digest.length > LONGEST_DIGEST) return;
    const { slot } = subject.tool;
    const known = this.digests.get(slot);
    if (known === undefined) return void this.digests.set(slot, [digest]);
    if (known.at(-1) === digest) return;
    const at = known.indexOf(digest);
    if (at >= 0) known.splice(at, 1);
    known.push(digest);
    if (known.length > DIGESTS) known.shift();
    if (at >= 0 || !isWatched) return;
    const description = `the definition of ${nameOf(subject.tool)} is not the one that was seen before`;
    subject.raise({ detector: 'changed_tool', score: 1, description, since: subject.minute }, subject.tool);
  }

  forget(slot: number): void {
    this.digests.delete(slot);
  }

  save(slot: number): readonly string[] {
    return this.digests.get(slot) ?? [];
  }

  restore(slot: number, saved: unknown): void {
    if (!Array.isArray(saved) || saved.length === 0) return;
    const all = saved.filter((one): one is string => typeof one === 'string' && one.length <= LONGEST_DIGEST);
    if (all.length > 0) this.digests.set(slot, all.slice(-DIGESTS));
  }
}
