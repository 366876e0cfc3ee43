import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { toolArguments } from '../../src/core/tool-arguments';

const TRACE = { traceparent: '00-a-b-01', tracestate: 'x=1', baggage: 'k=v' };

describe('toolArguments', () => {
  for (const given of [
    undefined,
    null,
    'text',
    [{ _meta: TRACE }],
    { text: 'x' },
    { _meta: 'the tool’s own' },
    { _meta: ['b3'] },
    { _meta: { page: 1 } },
  ]) {
    it(`leaves ${JSON.stringify(given)} as it is`, () => {
      assert.equal(toolArguments(given), given);
    });
  }

  it('leaves out a _meta that holds trace context alone', () => {
    const given = Object.freeze({
      text: 'x',
      _meta: Object.freeze({ ...TRACE, b3: '1', 'uber-trace-id': '2' }),
    });
    assert.deepEqual(toolArguments(given), { text: 'x' });
  });

  it('keeps what else is in _meta', () => {
    const given = { text: 'x', _meta: { page: 1, ...TRACE } };
    assert.deepEqual(toolArguments(given), { text: 'x', _meta: { page: 1 } });
  });
});
