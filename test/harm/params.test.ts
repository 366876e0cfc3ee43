/** What the caller passes stays as it is, whatever it is: frozen, with symbols, accessors, classes, signals. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { startAgent } from '../sdk/support/agent';
import { MAJORS, connect } from './support/outcomes';
import type { Session } from './support/outcomes';
import { MARK, PARAMS, deepFreeze, shapeOf } from './support/params';
import { assertSameWire, isTraced } from '../support/wire';

const agent = startAgent({ captureContent: true });

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
