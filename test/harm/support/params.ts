/** Parameters that a caller may pass, and how to see that they stay as they are. */

export function deepFreeze<T>(value: T): T {
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

export const MARK = Symbol('mark');

/** By name: parameters that a JavaScript agent may well pass. Made anew for each run. */
export const PARAMS: Record<string, () => object> = {
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
export function shapeOf(value: unknown, seen = new Set<unknown>()): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  return Reflect.ownKeys(value).map((key) => {
    const { value: held, ...flags } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    return [key, flags, shapeOf(held, seen)];
  });
}
