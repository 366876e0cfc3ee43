/** What is there for the first time: a user at a tool, a server; and the definition of a tool that is not what it was. */
import { LRUCache } from 'lru-cache';

import type { Evicted } from '../finding';
import { isWhole } from '../saved';
import { SecondChanceMap } from '../second-chance-map';
import { Allowance } from './allowance';
import { shortened } from './key-table';
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

/** Days are remembered modulo this, beside a slot. */
const DAYS = 2 ** 13;
const IDS = 2 ** 26;
/** A row’s number holds so many bits. */
const SERVER_BITS = 24;

const pairOf = (user: KeyInHand, tool: KeyInHand): number =>
  user.table.idAt(user.slot) * IDS + tool.table.idAt(tool.slot);

/** Pairs of user and tool. */
export class KnownTools {
  /** By the ids of both: slot of the user, and day of the last call. */
  private pairs: SecondChanceMap<number>;
  private allowance = new Allowance(2, 1);

  constructor(
    max: number,
    /** Minutes. */
    private maxAge: number,
    evicted: Evicted,
    /** Told of the user of a pair that is forgotten. */
    forgotten: (slot: number, id: number) => void,
  ) {
    this.pairs = new SecondChanceMap<number>(max, (pair, value) => {
      evicted('anomaly_user_tool');
      forgotten(Math.floor(value / DAYS), Math.floor(pair / IDS));
    });
  }

  /** @param isWatched - whether to raise it, besides learning it */
  observe(subject: Subject, user: KeyInHand, isWatched: boolean): void {
    this.allowance.pass(subject.minute);
    if (this.isKnown(subject, user)) return;
    const { minute, tool } = subject;
    const isNewServer = noteServer(subject, user);
    const place = tool.row + F.users;
    const others = tool.table.values[place]!;
    tool.table.values[place] = others + 1;
    const age = minute - tool.table.values[tool.row + F.first]!;
    // A tool that is new for everybody is a matter of its server, and then of the one who calls it first.
    if (age < NEW && others > 0) return;
    const forgottenAt = user.table.values[user.row + F.forgottenAt]!;
    if (!subject.isReady('new_tool_for_user', user) || minute - forgottenAt < NEW) return;
    const surprise = this.surprise(subject, user, others, isNewServer);
    if (!isWatched || !this.allowance.take(surprise)) return;
    const who =
      others === 0
        ? 'nobody has used it'
        : `${others} other ${others === 1 ? 'user has' : 'users have'} used it`;
    const description = `${nameOf(user)} called ${nameOf(tool)} for the first time; ${who}`;
    const score = scoreOf(surprise, LEAST_SURPRISE);
    subject.raise({ detector: 'new_tool_for_user', score, description, since: minute }, user);
  }

  private isKnown({ minute, tool }: Subject, user: KeyInHand): boolean {
    const pair = pairOf(user, tool);
    const today = Math.floor(minute / DAY) & (DAYS - 1);
    const before = this.pairs.get(pair);
    if (before !== undefined && (before & (DAYS - 1)) === today) return true;
    this.pairs.set(pair, user.slot * DAYS + today);
    return before !== undefined && ((today - before) & (DAYS - 1)) * DAY <= this.maxAge;
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
    const all = [...this.pairs];
    for (const pair of all) yield ['pair', ...pair];
  }

  restore([kind, one, two, three]: readonly unknown[]): void {
    if (kind === 'allowance') this.allowance.restore(one);
    else if (kind === 'pair' && isWhole(one) && isWhole(two) && two < 2 ** 30)
      this.pairs.load(one, two, three === true);
  }
}

/** @returns whether the user has never called the server, by one bit of its name: now and then a new one goes unnoticed */
function noteServer({ event }: Subject, { table: { values }, row }: KeyInHand): boolean {
  const name = event.line.server_id ?? '';
  let hash = name.length;
  for (let at = 0; at < Math.min(name.length, 64); at += 1)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01_00_01_93);
  const bit = 1 << (((hash ^ (hash >>> 15)) >>> 0) % SERVER_BITS);
  const known = values[row + F.servers]!;
  values[row + F.servers] = known | bit;
  return (known & bit) === 0;
}

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

  /** @returns whether the server is new */
  observe(subject: Subject, server: string, clock: CallsSince, isWatched: boolean): boolean {
    const { minute, tool } = subject;
    const key = shortened(server);
    const before = this.servers.get(key);
    if (before === undefined || Math.abs(minute - before) >= HOUR) this.servers.set(key, Math.floor(minute));
    this.allowance.pass(minute);
    if (before !== undefined && minute - before <= this.maxAge) return false;
    if (clock.events < ENOUGH_CALLS || minute - clock.since < DAY) return true;
    if (!isWatched || !this.allowance.take(1)) return true;
    const who = subject.user === undefined ? '' : `, by ${nameOf(subject.user)}`;
    const description = `server ${named(server)} was called for the first time${who}`;
    subject.raise({ detector: 'new_server', score: 0.8, description, since: minute }, tool);
    return true;
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
