/** Whatever of telemetry fails, the agent sees what it sees without us; the failure is counted, and said once. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import type { Span, TracerProvider } from '@opentelemetry/api';
import { metrics, trace } from '@opentelemetry/api';
import { tracing } from '@opentelemetry/sdk-node';

import { internalErrorCounts } from '../../src/core/diagnostics';
import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from '../sdk/support/agent';
import { MAJORS, connect, everyOutcome } from './support/outcomes';
import type { Major } from './support/outcomes';

const agent = startAgent();
const { instrumentation } = agent;

/** An object on which every method that is called throws. */
const throwing = (what: string): never =>
  new Proxy(
    {},
    { get: (_, key) => (typeof key === 'string' ? broken(`${what}.${key}`) : undefined) },
  ) as never;

const broken = (what: string) => (): never => {
  throw new Error(`broken ${what}`);
};

/** `real` with some of its methods replaced by ones that throw. */
const breaking = <T extends object>(real: T, ...methods: string[]): T =>
  new Proxy(real, {
    get: (target, key) => {
      if (typeof key === 'string' && methods.includes(key)) return broken(key);
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

const registered = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')] as Record<
  string,
  object
>;
const real: Record<string, object> = {
  trace: trace.getTracerProvider(),
  metrics: metrics.getMeterProvider(),
  ...registered,
};

function spansThat(breakOne: (span: Span) => Span): TracerProvider {
  const tracer = (real.trace as TracerProvider).getTracer('real');
  const startSpan = (...args: Parameters<typeof tracer.startSpan>): Span =>
    breakOne(tracer.startSpan(...args));
  return { getTracer: () => Object.create(tracer, { startSpan: { value: startSpan } }) as typeof tracer };
}

/** Replaces a slot of the API's globals; undone after each test. */
function replace(slot: string, value: object): void {
  registered[slot] = value;
}

const METHODS =
  'setAttribute setAttributes addEvent addLink addLinks setStatus updateName end isRecording recordException'.split(
    ' ',
  );
const INSTRUMENTS = 'createCounter createHistogram createGauge createUpDownCounter'.split(' ');

/** A meter that works but for what its instruments do. */
function brokenInstruments(): unknown {
  const instrument = { add: broken('add'), record: broken('record'), addCallback: broken('addCallback') };
  const make = (): unknown => instrument;
  const meter: Record<string, unknown> = { addBatchObservableCallback: broken('addBatch') };
  for (const name of [
    ...INSTRUMENTS,
    'createObservableCounter',
    'createObservableGauge',
    'createObservableUpDownCounter',
  ])
    meter[name] = make;
  return { getMeter: () => meter };
}

const exporter = (fails: () => void): tracing.SpanExporter => ({
  export: fails,
  shutdown: () => Promise.reject(new Error('broken shutdown')),
  forceFlush: () => Promise.reject(new Error('broken flush')),
});
const providerWith = (processor: tracing.SpanProcessor): TracerProvider =>
  new tracing.BasicTracerProvider({ spanProcessors: [processor] });

/** What is broken. `false`: nothing of ours fails, so nothing is to be counted. */
const FAULTS: Record<string, { break: () => void; counted?: false }> = {
  'a tracer provider': { break: () => instrumentation.setTracerProvider(throwing('provider')) },
  'a tracer': {
    break: () => instrumentation.setTracerProvider({ getTracer: () => throwing('tracer') }),
  },
  ...Object.fromEntries(
    METHODS.map((method) => [
      `spans whose ${method} throws`,
      {
        break: () => instrumentation.setTracerProvider(spansThat((span) => breaking(span, method))),
        ...(['setAttribute', 'addLink', 'addLinks', 'updateName', 'addEvent', 'recordException'].includes(
          method,
        )
          ? { counted: false as const }
          : {}),
      },
    ]),
  ),
  'spans on which everything throws': {
    break: () => instrumentation.setTracerProvider(spansThat(() => throwing('span'))),
  },
  'a tracer that makes no span': {
    break: () => instrumentation.setTracerProvider(spansThat(() => undefined as unknown as Span)),
    counted: false,
  },
  'a meter provider': { break: () => instrumentation.setMeterProvider(throwing('meters')) },
  'a meter': {
    break: () => instrumentation.setMeterProvider({ getMeter: () => throwing('meter') }),
  },
  instruments: { break: () => instrumentation.setMeterProvider(brokenInstruments() as never) },
  'a span processor': {
    break: () =>
      instrumentation.setTracerProvider(
        providerWith({
          onStart: broken('onStart'),
          onEnd: broken('onEnd'),
          shutdown: () => Promise.resolve(),
          forceFlush: () => Promise.resolve(),
        }),
      ),
  },
  'an exporter': {
    break: () =>
      instrumentation.setTracerProvider(
        providerWith(new tracing.SimpleSpanProcessor(exporter(broken('export')))),
      ),
    counted: false,
  },
  'a sampler': {
    break: () =>
      instrumentation.setTracerProvider(
        new tracing.BasicTracerProvider({ sampler: { shouldSample: broken('shouldSample') } }),
      ),
  },
  'a propagator': { break: () => replace('propagation', throwing('propagator')) },
  'a propagator that puts odd values': {
    break: () =>
      replace('propagation', {
        inject: (_: unknown, carrier: object, setter: { set: (...args: unknown[]) => void }) =>
          setter.set(carrier, '__proto__', { polluted: true }),
        extract: (context: unknown) => context,
        fields: () => [],
      }),
    counted: false,
  },
  'a context manager': { break: () => replace('context', throwing('context manager')) },
  'a context manager that cannot enter a context': {
    break: () => replace('context', breaking(real['context'] as object, 'with', 'bind')),
  },
  'a context manager that cannot tell the active context': {
    break: () => replace('context', breaking(real['context'] as object, 'active')),
  },
  hooks: {
    break: () =>
      instrumentation.setConfig({ requestHook: broken('requestHook'), responseHook: broken('responseHook') }),
  },
  recorders: {
    break: () => {
      undo.push(
        runtime().subscribe({
          name: 'broken',
          record: broken('record'),
          recordSession: broken('recordSession'),
        }),
      );
    },
  },
};

const undo: (() => void)[] = [];
const total = (): number => [...internalErrorCounts().values()].reduce((sum, count) => sum + count, 0);

/** stderr while `work` runs: lines of ours. */
async function listening<T>(work: () => Promise<T>): Promise<{ value: T; lines: string[] }> {
  const write = process.stderr.write.bind(process.stderr);
  const lines: string[] = [];
  process.stderr.write = (chunk: unknown) => {
    lines.push(...String(chunk).split('\n').filter(Boolean));
    return true;
  };
  try {
    return { value: await work(), lines };
  } finally {
    process.stderr.write = write;
  }
}

const run = async (major: Major): Promise<string> => everyOutcome(await connect(major));
const said = new Set<string>();

describe('what fails does not reach the agent', () => {
  const expected = new Map<Major, string>();

  afterEach(() => {
    for (const step of undo.splice(0)) step();
    Object.assign(registered, real);
    instrumentation.setConfig({ requestHook: undefined, responseHook: undefined } as never);
    instrumentation.setTracerProvider(real.trace as TracerProvider);
    instrumentation.setMeterProvider(real.metrics as never);
  });

  it('(what it sees without us)', async () => {
    instrumentation.disable();
    for (const major of MAJORS) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      expected.set(major, await run(major));
      assert.match(expected.get(major) ?? '', /remote says no/);
    }
    instrumentation.enable();
    await agent.reset();
    assert.equal(await run('v1'), expected.get('v1'));
    assert(agent.spans().length > 20, 'and with us it is traced');
  });

  for (const [name, fault] of Object.entries(FAULTS)) {
    for (const major of MAJORS) {
      it(`${name}, SDK ${major}`, async () => {
        const before = total();
        fault.break();
        const { value, lines } = await listening(() => run(major));
        assert.equal(value, expected.get(major));
        if (fault.counted !== false) assert(total() > before, 'counted');
        for (const line of lines) {
          assert.match(line, /^opentelemetry-instrumentation-mcp: /);
          assert(!said.has(line), `said twice: ${line}`);
          said.add(line);
        }
      });
    }
  }

  it('has changed nothing for good: calls are traced again', async () => {
    const counted = await agent.collect('mcpguard.internal.errors');
    assert(counted.length > 1, 'the metric tells of it');
    await agent.reset();
    assert.equal(await run('v1'), expected.get('v1'));
    assert(agent.spans().length > 20);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});
