/**
 * Puts wrappers on methods and takes them off again.
 *
 * A wrapper carries the function it replaced under a `Symbol.for` key, so that a second copy of this package in the
 * process sees that the work is done.
 */
import type { AnyFunction, MethodTable } from './shapes';

const ORIGINAL = Symbol.for('opentelemetry-instrumentation-mcp.original');

/** The property as it was: `null` when the target had none of its own. */
const BEFORE = Symbol('before');

type Wrapper = AnyFunction & { [ORIGINAL]?: AnyFunction; [BEFORE]?: PropertyDescriptor | null };

/**
 * Where a wrapper was put. Nothing here keeps the target alive: a wrapper on a transport leads to the transport, so the
 * target itself is all that holds its wrapper, and the wrapper all that holds what was there before.
 */
interface Wrapped {
  readonly target: WeakRef<object>;
  readonly name: string;
  readonly wrapper: WeakRef<Wrapper>;
}

let wrapped: Wrapped[] = [];
let pruneAt = 256;

function isWrapped(method: unknown): boolean {
  return typeof method === 'function' && (method as Wrapper)[ORIGINAL] !== undefined;
}

/** Whether `target` itself, not something on its prototype chain, carries a wrapper under `name`. */
export function hasWrapper(target: object, name: string): boolean {
  return Object.hasOwn(target, name) && isWrapped((target as MethodTable)[name]);
}

/**
 * Replaces `target[name]` by what `make` returns for it. Name, length and property flags stay as they were. Does
 * nothing where there is no such method, where it is wrapped already, or where the target refuses.
 */
export function wrap(target: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
  const original = (target as MethodTable)[name];
  const before = Object.getOwnPropertyDescriptor(target, name);
  if (typeof original !== 'function' || isWrapped(before?.value)) return;
  if (before?.configurable === false || (before === undefined && !Object.isExtensible(target))) return;
  const wrapper: Wrapper = make(original as AnyFunction);
  Object.defineProperty(wrapper, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true });
  wrapper[ORIGINAL] = original as AnyFunction;
  wrapper[BEFORE] = before ?? null;
  Object.defineProperty(target, name, {
    value: wrapper,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? false,
  });
  remember({ target: new WeakRef(target), name, wrapper: new WeakRef(wrapper) });
}

/** Transports come and go: drops the collected ones each time the list has doubled. */
function remember(entry: Wrapped): void {
  wrapped.push(entry);
  if (wrapped.length < pruneAt) return;
  wrapped = wrapped.filter(({ target }) => target.deref() !== undefined);
  pruneAt = Math.max(256, wrapped.length * 2);
}

/** Takes every wrapper off again that is still where we put it. */
export function unwrapAll(): void {
  for (const { target, name, wrapper } of wrapped) {
    const object = target.deref();
    const ours = wrapper.deref();
    if (object === undefined || ours === undefined || (object as MethodTable)[name] !== ours) continue;
    const before = ours[BEFORE] ?? null;
    if (before === null) delete (object as MethodTable)[name];
    else Object.defineProperty(object, name, before);
  }
  wrapped = [];
}
