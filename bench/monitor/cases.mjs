/**
 * What is put into a clean month, several times in each: who or what it is about, from when to when, and which detectors are
 * right to say so.
 */
import { DAY, HOUR, inOrder, makeCall, START } from './world.mjs';

/** Incidents begin after so many days: before, the detectors learn. */
const FROM_DAY = 15;
const EACH = 3;
const MINUTE = 60_000;

const within = (call, { from, to }) => call.at >= from && call.at < to;
const isTool = (call, { tool }) => call.tool === tool;
const isUser = (call, { user }) => call.user === user;
const count = (values, fits) => values.reduce((sum, value) => sum + (fits(value) ? 1 : 0), 0);

/** Draws windows until `fits` says that something would be seen there; one for each of different subjects. */
function draw({ random, calls }, subjects, length, fits, days = FROM_DAY) {
  const found = [];
  for (let tries = 0; tries < 3_000 && found.length < EACH; tries += 1) {
    const subject = random.pick(subjects);
    const from = START + random.uniform(days, 30 - length / DAY) * DAY;
    const incident = { ...subject, from, to: from + length };
    const isTaken = found.some((other) => other.tool === incident.tool && other.user === incident.user);
    if (!isTaken && fits(count(calls, (call) => within(call, incident) && isAbout(call, incident))))
      found.push(incident);
  }
  return found;
}

const isAbout = (call, incident) =>
  (incident.tool === undefined || isTool(call, incident)) &&
  (incident.user === undefined || isUser(call, incident));

const tools = ({ tools: all }) => all.map((tool) => ({ tool }));
const people = ({ users }) => users.filter(({ kind }) => kind === 'person').map((user) => ({ user }));

/** So many times as many calls as there would have been. */
function burst(month, incidents, times) {
  const { random, world } = month;
  for (const incident of incidents) {
    const more = month.calls.filter((call) => within(call, incident) && isAbout(call, incident));
    for (let copy = 1; copy < times; copy += 1) {
      for (const { user, tool } of more)
        month.calls.push(makeCall(random, world, user, tool, random.uniform(incident.from, incident.to)));
    }
  }
  return incidents;
}

function change(month, incidents, alter) {
  for (const incident of incidents) {
    for (const call of month.calls)
      if (within(call, incident) && isAbout(call, incident)) alter(call, incident);
  }
  return incidents;
}

export const CASES = [
  {
    name: 'burst x3',
    what: 'calls of a tool that has 60 and more in two hours, three times as many for two hours',
    detectors: ['call_rate'],
    apply: (month) =>
      burst(
        month,
        draw(month, tools(month), 2 * HOUR, (calls) => calls >= 60),
        3,
      ),
  },
  {
    name: 'burst x10',
    what: 'calls of a person, ten times as many for half an hour',
    detectors: ['call_rate'],
    apply: (month) =>
      burst(
        month,
        draw(month, people(month), HOUR / 2, (calls) => calls >= 8),
        10,
      ),
  },
  {
    name: 'slow exfiltration',
    what: 'results of one person grow by 12 % a day for 14 days, to 4.9 times',
    detectors: ['result_size'],
    apply: (month) =>
      change(
        month,
        draw(month, people(month), 14 * DAY, (calls) => calls >= 300).map((one) => ({
          ...one,
          from: START + 16 * DAY,
          to: START + 30 * DAY,
        })),
        (call, { from }) => (call.bytes *= 1.12 ** ((call.at - from) / DAY)),
      ),
  },
  {
    name: 'new tool',
    what: 'a person calls a tool of few users that this person has never called, ten times within half an hour',
    detectors: ['new_tool_for_user'],
    apply: newTools,
  },
  {
    name: 'new tagged tool',
    what: 'the same, and the policy’s `classification` has a tag for the tool',
    detectors: ['new_tool_for_user'],
    isTagged: true,
    apply: newTools,
  },
  {
    name: 'new server',
    what: 'ten calls to a server that was never there',
    detectors: ['new_server'],
    apply: newServers,
  },
  {
    name: 'changed tool',
    what: 'a tool has another definition from then on',
    detectors: ['changed_tool'],
    grace: 30 * DAY,
    apply: (month) =>
      change(
        month,
        draw(month, tools(month), DAY, (calls) => calls >= 20).map((one) => ({
          ...one,
          to: START + 30 * DAY,
        })),
        (call) => (call.digest = `${call.tool.digest}.changed`),
      ),
  },
  {
    name: 'error step',
    what: 'three of ten calls of a tool with 50 and more in six hours fail, for six hours',
    detectors: ['error_ratio'],
    apply: (month) =>
      change(
        month,
        draw(month, tools(month), 6 * HOUR, (calls) => calls >= 50),
        (call) => {
          if (month.random.chance(0.3)) call.isError = true;
        },
      ),
  },
  {
    name: 'latency drift',
    what: 'a tool becomes three times as slow over seven days',
    detectors: ['latency'],
    apply: (month) =>
      change(
        month,
        draw(month, tools(month), 7 * DAY, (calls) => calls >= 300),
        (call, { from, to }) => {
          call.latency *= 3 ** ((call.at - from) / (to - from));
        },
      ),
  },
  {
    name: 'latency step',
    what: 'a tool with 50 and more calls in six hours becomes four times as slow, for six hours',
    detectors: ['latency'],
    apply: (month) =>
      change(
        month,
        draw(month, tools(month), 6 * HOUR, (calls) => calls >= 50),
        (call) => (call.latency *= 4),
      ),
  },
  {
    name: 'silence',
    what: 'no calls of a tool that has 60 and more in six hours, for six hours',
    detectors: ['call_rate'],
    apply: silence,
  },
  {
    name: 'unusual hour',
    what: 'fifteen calls of a person at night, six hours and more from the working day',
    detectors: ['unusual_hour'],
    apply: nights,
  },
];

/** Nothing is to be found in these. */
export const CLEAN = [
  {
    name: 'clean month',
    what: 'daily and weekly rhythm, holidays, late work, new tools now and then',
    changes: {},
  },
  { name: 'growth', what: 'the same, 2 % more calls a day', changes: { growthADay: 0.02 } },
];

function newTools(month) {
  const { random, world, calls } = month;
  const users = new Map(month.tools.map((tool) => [tool, new Set()]));
  for (const call of calls) users.get(call.tool).add(call.user);
  const rare = month.tools.filter((tool) => users.get(tool).size >= 1 && users.get(tool).size <= 6);
  const found = [];
  for (let tries = 0; tries < 500 && found.length < EACH; tries += 1) {
    const tool = random.pick(rare.length > 0 ? rare : month.tools);
    const { user } = random.pick(people(month));
    if (users.get(tool).has(user) || found.some((one) => one.user === user || one.tool === tool)) continue;
    const from = START + random.uniform(FROM_DAY + 5 * found.length, FROM_DAY + 5 * found.length + 5) * DAY;
    for (let made = 0; made < 10; made += 1)
      calls.push(makeCall(random, world, user, tool, from + random.uniform(0, HOUR / 2)));
    found.push({ user, tool, from, to: from + HOUR / 2 });
  }
  return found;
}

function newServers(month) {
  const { random, world, calls } = month;
  return [0, 1, 2].map((at) => {
    const tool = { ...random.pick(month.tools), server: `other-${at + 1}` };
    const { user } = random.pick(people(month));
    const from = START + random.uniform(FROM_DAY + 5 * at, FROM_DAY + 5 * at + 5) * DAY;
    for (let made = 0; made < 10; made += 1)
      calls.push(makeCall(random, world, user, tool, from + random.uniform(0, HOUR / 2)));
    return { tool, from, to: from + HOUR / 2 };
  });
}

function silence(month) {
  const found = draw(month, tools(month), 6 * HOUR, (calls) => calls >= 60);
  month.calls = month.calls.filter((call) => !found.some((one) => within(call, one) && isAbout(call, one)));
  return found;
}

function nights(month) {
  const { random, world, calls } = month;
  return random.sample(people(month), EACH).map(({ user }, at) => {
    const day = FROM_DAY + 5 * at + random.below(5);
    const hour = (user.begins - 6 - random.uniform(0, 2) + 24) % 24;
    const from = START + day * DAY + hour * HOUR;
    for (let made = 0; made < 15; made += 1)
      calls.push(
        makeCall(random, world, user, random.pick(user.tools).tool, from + random.uniform(0, 20 * MINUTE)),
      );
    return { user, from, to: from + 20 * MINUTE };
  });
}

/** Puts the case into the month. */
export function apply(oneCase, month) {
  const incidents = oneCase.apply(month);
  inOrder(month.calls);
  return incidents;
}
