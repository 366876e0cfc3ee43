/**
 * A made-up company whose people and programs call MCP tools for a month: who there is, what the tools are like, and every
 * call, in order. All of it follows from the seed and `WORLD`, which the benchmark prints.
 */
import { Random } from './random.mjs';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.UTC(2026, 2, 2);

export const WORLD = {
  days: 30,
  servers: ['crm', 'files', 'mail', 'search', 'build'],
  toolsPerServer: 5,
  /** Work in sessions by day, on weekdays; a tenth of them now and then at weekends. */
  people: 32,
  peopleSessionsADay: { median: 6, sigma: 0.5 },
  callsInSession: 9,
  secondsBetweenCalls: 15,
  dayOfUserSigma: 0.35,
  lateSession: 0.004,
  weekend: 0.06,
  holiday: { people: 0.25, days: 5 },
  /** Call around the clock, a Poisson process each. */
  services: 5,
  serviceMinutesBetweenCalls: [1, 8],
  /** Run at one time of night. */
  nightly: 3,
  nightlyCalls: 150,
  /** Medians of tools are log-uniform, calls log-normal about them, and one in a hundred has a Pareto tail. */
  latencyMs: [30, 1_500],
  latencySigma: [0.25, 0.6],
  latencyByLoad: 0.25,
  tail: { share: 0.01, alpha: 1.6 },
  resultBytes: [400, 40_000],
  resultSigma: [0.4, 1.1],
  errorRatio: [0.002, 0.04],
  /** A model that repeats a wrong call some times in the same session. */
  stubborn: { share: 0.01, repeats: 4 },
  /** A person tries a tool for the first time, by call. */
  explores: 0.0002,
  growthADay: 0,
};

const between = (random, [from, to]) => Math.exp(random.uniform(Math.log(from), Math.log(to)));

function makeTools(random, world) {
  const names = ['search', 'get', 'list', 'update', 'export', 'create', 'delete'];
  return world.servers.flatMap((server) =>
    names.slice(0, world.toolsPerServer).map((name) => ({
      server,
      name,
      popularity: name === 'export' ? 0.05 : random.logNormal(1, 0.8),
      latency: between(random, world.latencyMs),
      latencySigma: random.uniform(...world.latencySigma),
      bytes: between(random, world.resultBytes) * (name === 'export' ? 10 : 1),
      bytesSigma: random.uniform(...world.resultSigma),
      errorRatio: between(random, world.errorRatio),
      digest: `sha256:${server}.${name}.1`,
    })),
  );
}

function makeUsers(random, world, tools) {
  const popularity = tools.map((tool) => tool.popularity);
  const usual = (count) => {
    const chosen = new Set();
    while (chosen.size < count) chosen.add(random.weighted(popularity));
    return [...chosen].map((at) => ({ tool: tools[at], weight: popularity[at] * random.logNormal(1, 0.5) }));
  };
  const user = (kind, at, count) => ({
    kind,
    id: `${kind}${at + 1}`,
    tools: usual(count),
    bytes: random.logNormal(1, 0.2),
  });
  const people = Array.from({ length: world.people }, (_, at) => ({
    ...user('person', at, 4 + random.below(9)),
    begins: random.uniform(7, 10),
    hours: random.uniform(7, 9.5),
    sessions: random.logNormal(world.peopleSessionsADay.median, world.peopleSessionsADay.sigma),
    holiday: random.chance(world.holiday.people)
      ? 1 + random.below(world.days - world.holiday.days)
      : undefined,
  }));
  const services = Array.from({ length: world.services }, (_, at) => ({
    ...user('service', at, 1 + random.below(3)),
    minutes: between(random, world.serviceMinutesBetweenCalls),
  }));
  const nightly = Array.from({ length: world.nightly }, (_, at) => ({
    ...user('nightly', at, 2),
    hour: random.uniform(0, 5),
    calls: random.logNormal(world.nightlyCalls, 0.3),
  }));
  return [...people, ...services, ...nightly];
}

/** One call as it comes out, before it is a line. */
export function makeCall(random, world, user, tool, at) {
  const load = 1 + world.latencyByLoad * Math.max(0, Math.sin(((at % DAY) / HOUR - 6) * (Math.PI / 12)));
  const tail = random.chance(world.tail.share) ? (1 - random.next()) ** (-1 / world.tail.alpha) : 1;
  return {
    at,
    user,
    tool,
    isError: random.chance(tool.errorRatio),
    latency: tool.latency * load * Math.exp(tool.latencySigma * random.normal()) * tail,
    bytes: tool.bytes * user.bytes * Math.exp(tool.bytesSigma * random.normal()),
    digest: tool.digest,
  };
}

function session(random, world, tools, user, from, calls) {
  let at = from;
  const count = random.geometric(world.callsInSession);
  let choice = user.tools[random.weighted(user.tools.map(({ weight }) => weight))].tool;
  for (let made = 0; made < count; made += 1) {
    if (random.chance(0.4)) choice = user.tools[random.weighted(user.tools.map(({ weight }) => weight))].tool;
    const tool = random.chance(world.explores) ? random.pick(tools) : choice;
    const call = makeCall(random, world, user, tool, at);
    calls.push(call);
    if (random.chance(world.stubborn.share)) {
      call.isError = true;
      for (let again = random.poisson(world.stubborn.repeats); again > 0; again -= 1) {
        at += random.exponential(5_000);
        calls.push({ ...makeCall(random, world, user, tool, at), isError: true });
      }
    }
    at += random.exponential(world.secondsBetweenCalls * 1_000);
  }
}

const isAway = (user, world, day) =>
  user.holiday !== undefined && day >= user.holiday && day < user.holiday + world.holiday.days;

function personsDay(random, world, tools, user, day, calls) {
  if (isAway(user, world, day)) return;
  const isWeekend = day % 7 >= 5;
  if (isWeekend && !random.chance(world.weekend)) return;
  const midnight = START + day * DAY;
  const growth = (1 + world.growthADay) ** day;
  const sessions = random.poisson(user.sessions * growth * random.logNormal(1, world.dayOfUserSigma));
  for (let made = 0; made < sessions; made += 1) {
    const isLate = random.chance(world.lateSession);
    const hour = isLate
      ? user.begins + user.hours + random.exponential(2)
      : user.begins + random.next() * user.hours;
    session(random, world, tools, user, midnight + hour * HOUR, calls);
  }
}

function otherDay(random, world, user, day, calls) {
  const midnight = START + day * DAY;
  const pick = () => user.tools[random.weighted(user.tools.map(({ weight }) => weight))].tool;
  const growth = (1 + world.growthADay) ** day;
  if (user.kind === 'service') {
    const mean = (user.minutes * 60_000) / growth;
    for (let at = midnight + random.exponential(mean); at < midnight + DAY; at += random.exponential(mean))
      calls.push(makeCall(random, world, user, pick(), at));
    return;
  }
  let at = midnight + user.hour * HOUR + random.uniform(0, 300_000);
  for (let left = random.poisson(user.calls * growth); left > 0; left -= 1) {
    calls.push(makeCall(random, world, user, pick(), at));
    at += random.exponential(6_000);
  }
}

/** @returns who and what there is, and the calls in order */
export function makeMonth(seed, changes = {}) {
  const world = { ...WORLD, ...changes };
  const random = new Random(seed);
  const tools = makeTools(random, world);
  const users = makeUsers(random, world, tools);
  const calls = [];
  for (let day = 0; day < world.days; day += 1) {
    for (const user of users) {
      if (user.kind === 'person') personsDay(random, world, tools, user, day, calls);
      else otherDay(random, world, user, day, calls);
    }
  }
  return { world, random, tools, users, calls: inOrder(calls) };
}

export const inOrder = (calls) => calls.sort((a, b) => a.at - b.at);

/** The audit line that the call leaves. */
export function lineOf({ at, user, tool, isError, latency, bytes, digest }) {
  return {
    event: 'mcp_tool_call',
    timestamp: new Date(at).toISOString(),
    method: 'tools/call',
    server_id: tool.server,
    tool_name: tool.name,
    target: tool.name,
    user_id: user.id,
    tenant_id: 'acme',
    agent_name: 'assistant',
    session: `${user.id} ${Math.floor(at / HOUR)}`,
    action: 'allowed',
    success: !isError,
    outcome: isError ? 'error' : 'success',
    error_type: isError ? 'tool_error' : undefined,
    latency_ms: Math.round(latency * 10) / 10,
    req_bytes: 120,
    res_bytes: isError ? 80 : Math.round(bytes),
    tool_digest: digest,
  };
}
