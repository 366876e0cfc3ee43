/** What the caller passes stays as it is, whatever it is: frozen, with symbols, accessors, classes, signals. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { startAgent } from '../sdk/support/agent';
import { MAJORS, connect } from './support/outcomes';
import type { Session } from './support/outcomes';
import { assertSameWire, isTraced } from '../support/wire';

const agent = startAgent({ captureContent: true });

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof AbortSignal) return value;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor !== undefined && 'value' in descriptor) deepFreeze(descriptor.value);
  }
  return value;
}

class Arguments {
  readonly text = 'of a class';
  toJSON(): unknown {
    return { text: `${this.text}, in JSON` };
  }
}

class Parameters {
  readonly name = 'echo';
  readonly hidden = 1;
  toJSON(): unknown {
    return { name: 'echo', arguments: { text: 'from toJSON' } };
  }
}

const MARK = Symbol('mark');

/** By name: parameters that a JavaScript agent may well pass. Made anew for each run. */
const PARAMS: Record<string, () => object> = {
  'with _meta': () => ({
    name: 'echo',
    arguments: { text: 'x', list: [1, { a: null }] },
    _meta: { 'a/b': { c: 1 } },
  }),
  'without _meta': () => ({ name: 'echo', arguments: { text: 'x' } }),
  'with a progress token': () => ({ name: 'echo', arguments: {}, _meta: { progressToken: 'mine' } }),
  'with trace context': () => ({
    name: 'echo',
    _meta: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'a=b' },
  }),
  'with symbols': () => ({
    name: 'echo',
    [MARK]: 1,
    arguments: { [MARK]: 2, text: 'x' },
    _meta: { [MARK]: 3 },
  }),
  'with accessors': () => ({
    get name() {
      return 'echo';
    },
    get arguments() {
      return { text: 'computed' };
    },
    get _meta() {
      return { computed: true };
    },
  }),
  'with a class instance': () => ({ name: 'echo', arguments: new Arguments() }),
  'that are a class instance with toJSON': () => new Parameters(),
  'with a _meta that has toJSON': () => ({ name: 'echo', _meta: new Arguments() }),
  'without a prototype': () => Object.assign(Object.create(null) as object, { name: 'echo' }),
  'with a signal inside': () => ({ name: 'echo', arguments: { signal: new AbortController().signal } }),
  'with undefined and holes': () => ({
    name: 'echo',
    arguments: { text: undefined, list: Object.assign([], { 2: 3 }) },
    _meta: undefined,
  }),
  'with a big integer': () => ({ name: 'echo', arguments: { text: 10n } }),
  'with a cycle': () => {
    const args: Record<string, unknown> = { text: 'x' };
    args['self'] = args;
    return { name: 'echo', arguments: args };
  },
  'with an unknown tool': () => ({ name: 'no such tool', arguments: {} }),
  'with a name that is no text': () => ({ name: 5 }),
  'with arguments that are an array': () => ({ name: 'echo', arguments: [1, 2] }),
};

/** Own properties and their values, symbols included, all the way down. */
function shapeOf(value: unknown, seen = new Set<unknown>()): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  return Reflect.ownKeys(value).map((key) => {
    const { value: held, ...flags } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    return [key, flags, shapeOf(held, seen)];
  });
}

/** What the caller sees and what was sent; `sent` is where the recording broke when it cannot be JSON. */
async function attempt(session: Session, params: object): Promise<{ seen: string; sent: string[] }> {
  const from = session.sent.length;
  let seen: string;
  try {
    seen = JSON.stringify(await session.callTool(params, deepFreeze({ timeout: 5_000 })));
  } catch (error) {
    seen = `${(error as Error).name} ${(error as Error).message}`;
  }
  // An id belongs to a message's place in the conversation.
  return { seen, sent: session.sent.slice(from).map((line) => line.replace(/"id":\d+/, '"id":0')) };
}

for (const major of MAJORS) {
  describe(`parameters, SDK ${major}`, () => {
    for (const [name, make] of Object.entries(PARAMS)) {
      it(name, async () => {
        agent.instrumentation.disable();
        const bare = await connect(major);
        const expected = await attempt(bare, make());
        await bare.close();
        agent.instrumentation.enable();
        await agent.reset();
        const session = await connect(major);
        const params = deepFreeze(make());
        const shape = shapeOf(params);
        const found = await attempt(session, params);
        await session.close();
        assert.equal(found.seen, expected.seen);
        assertSameWire(expected.sent, found.sent, 'sent');
        assert.deepEqual(shapeOf(params), shape);
        assert(
          agent.spans().some((span) => span.name.startsWith('tools/call')),
          'the call was traced',
        );
      });
    }
  });
}

for (const major of MAJORS) {
  it(`what is sent carries trace context, what the caller holds does not, SDK ${major}`, async () => {
    const session = await connect(major);
    const params = deepFreeze({ name: 'whoami', arguments: {}, _meta: { mine: 1 } });
    const result = (await session.callTool(params)) as { content: [{ text: string }] };
    assert.deepEqual(Object.keys(params._meta), ['mine']);
    assert.match(result.content[0].text, /"mine":1.*"traceparent":"00-/);
    assert(session.sent.some(isTraced));
    await session.close();
  });

  it(`symbols reach a server in the same process, SDK ${major}`, async () => {
    const session = await connect(major);
    let received: Record<symbol, unknown> | undefined;
    const { transport } = session;
    const other = (transport as unknown as { _otherTransport: { onmessage: (...args: unknown[]) => void } })
      ._otherTransport;
    const { onmessage } = other;
    other.onmessage = function (this: unknown, message: unknown, ...rest: unknown[]) {
      const { method, params } = message as { method?: string; params?: Record<symbol, unknown> };
      if (method === 'tools/call') received = params;
      return onmessage.apply(this, [message, ...rest]);
    };
    await session.callTool(deepFreeze({ name: 'echo', arguments: { text: 'x' }, [MARK]: 'kept' }));
    assert.equal(received?.[MARK], 'kept');
    await session.close();
  });
}
