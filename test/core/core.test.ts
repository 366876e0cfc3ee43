/** The small parts that everything stands on. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { epochTime, monotonicSeconds } from '../../src/core/clock';
import { countInternalError, internalErrorCounts, say, warnOnce } from '../../src/core/diagnostics';
import { ENVIRONMENT, readEnvironment } from '../../src/core/environment';
import { IterableWeakSet } from '../../src/core/iterable-weak-set';
import { safely } from '../../src/core/safe';

/** What `work` writes to stderr. */
function stderrOf(work: () => void): string {
  let written = '';
  const write = mock.method(process.stderr, 'write', (text: string) => {
    written += text;
    return true;
  });
  try {
    work();
  } finally {
    write.mock.restore();
  }
  return written;
}

describe('diagnostics', () => {
  it('say writes one prefixed line to stderr', () => {
    assert.equal(
      stderrOf(() => say('hello')),
      'opentelemetry-instrumentation-mcp: hello\n',
    );
  });

  it('warnOnce says a thing once', () => {
    const text = stderrOf(() => {
      warnOnce('core-test', 'first');
      warnOnce('core-test', 'second');
    });
    assert.equal(text, 'opentelemetry-instrumentation-mcp: first\n');
  });

  it('a closed stderr harms nobody', () => {
    const write = mock.method(process.stderr, 'write', () => {
      throw new Error('EPIPE');
    });
    assert.doesNotThrow(() => say('x'));
    write.mock.restore();
  });

  it('internal errors are counted by component and said once', () => {
    const text = stderrOf(() => {
      countInternalError('core-test', new TypeError('one'));
      countInternalError('core-test', 'two');
    });
    assert.equal(internalErrorCounts().get('core-test'), 2);
    assert.match(text, /core-test failed and was bypassed \(TypeError: one\)/);
    assert.equal(text.trim().split('\n').length, 1);
  });
});

describe('safely', () => {
  it('returns what the work returns', () =>
    assert.equal(
      safely('core-safe', () => 7),
      7,
    ));
  it('swallows and counts what it throws', () => {
    stderrOf(() => {
      const result = safely('core-safe', () => {
        throw new Error('x');
      });
      assert.equal(result, undefined);
    });
    assert.equal(internalErrorCounts().get('core-safe'), 1);
  });
});

describe('environment', () => {
  beforeEach(() => {
    delete process.env['OTEL_MCP_SDK'];
  });
  it('unset, empty and blank are undefined', () => {
    for (const value of [undefined, '', '  ']) {
      if (value !== undefined) process.env['OTEL_MCP_SDK'] = value;
      assert.equal(readEnvironment('OTEL_MCP_SDK'), undefined);
    }
  });
  it('a listed value, trimmed', () => {
    process.env['OTEL_MCP_SDK'] = ' off ';
    assert.equal(readEnvironment('OTEL_MCP_SDK'), 'off');
  });
  it('an unknown value is one warning, without the value, and the default', () => {
    process.env['OTEL_MCP_SDK'] = 'secret-typed-in-the-wrong-place';
    const text = stderrOf(() => {
      assert.equal(readEnvironment('OTEL_MCP_SDK'), undefined);
      assert.equal(readEnvironment('OTEL_MCP_SDK'), undefined);
    });
    assert.match(text, /^opentelemetry-instrumentation-mcp: OTEL_MCP_SDK has an unknown value/);
    assert.equal(text.trim().split('\n').length, 1);
    assert.doesNotMatch(text, /secret-typed/);
  });
  it('every variable is described under its own name', () => {
    for (const [name, variable] of Object.entries(ENVIRONMENT)) {
      assert.equal(variable.name, name);
      assert.ok(variable.description.length > 10 && variable.default.length > 0);
    }
  });
});

describe('clock', () => {
  it('monotonic seconds grow, epoch time agrees with Date', () => {
    const before = monotonicSeconds();
    const [seconds, nanoseconds] = epochTime();
    assert.ok(Math.abs(seconds * 1_000 + nanoseconds / 1e6 - Date.now()) < 1_000);
    assert.ok(Number.isInteger(seconds) && Number.isInteger(nanoseconds) && nanoseconds < 1e9);
    assert.ok(monotonicSeconds() >= before);
  });
});

describe('IterableWeakSet', () => {
  it('is a set that can be walked', () => {
    const set = new IterableWeakSet<object>();
    const [a, b] = [{}, {}];
    set.add(a);
    set.add(a);
    set.add(b);
    assert.deepEqual([...set], [a, b]);
    assert.equal(set.delete(a), true);
    assert.equal(set.delete(a), false);
    assert.deepEqual([set.has(a), set.has(b), [...set].length], [false, true, 1]);
  });

  it('does not keep its members alive', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const set = new IterableWeakSet<object>();
    (() => set.add({ big: Array.from({ length: 1_000 }, () => 'x') }))();
    for (let round = 0; round < 50 && [...set].length > 0; round += 1) {
      await wait(5);
      gc();
    }
    assert.equal([...set].length, 0);
  });
});
