/**
 * Starts an SDK without leaving it in the API's globals.
 *
 * The API keeps what is registered in one object under a global symbol, stamped with the exact version of the copy that
 * wrote first; every other version is then refused. So the start runs with that object put aside, in one tick: what the SDK
 * registers lands in an object of its own, is taken from there, and the agent finds the globals as it left them. Tracers
 * that it already holds go through the API's proxy provider, whose delegate is reset (`trace.disable()` would replace the
 * proxy and so cut those tracers off for good).
 */
import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import { warnOnce } from '../../core/diagnostics';
import { diagLevel, stderrDiagLogger } from './diag';
import { valueOf } from './configuration';
import type { LogsApi, SdkPackages } from './packages';

const API = Symbol.for('opentelemetry.js.api.1');
/** Of `@opentelemetry/api-logs`, the logs API of the 2.x line. */
const LOGS = Symbol.for('io.opentelemetry.js.api.logs');

interface Slot {
  version: string;
  trace?: TracerProvider;
  metrics?: MeterProvider;
  propagation?: TextMapPropagator;
  context?: unknown;
  diag?: unknown;
  logs?: object;
}

interface Globals {
  [API]?: Slot | undefined;
  [LOGS]?: ((version: number) => object) | undefined;
}

interface Proxy {
  getDelegate(): TracerProvider;
  setDelegate(provider: TracerProvider | undefined): void;
}

export interface StartedParts {
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: object | undefined;
  readonly propagator: TextMapPropagator | undefined;
}

const globals = globalThis as Globals;

/** What is registered in the process now, by whoever it was. */
export function registered(): { readonly trace: boolean; readonly context: boolean; readonly logs: boolean } {
  const slot = globals[API];
  return {
    trace: slot?.trace !== undefined,
    context: slot?.context !== undefined,
    logs: slot?.logs !== undefined || globals[LOGS] !== undefined,
  };
}

/**
 * Calls `start`, which registers an SDK through `packages.api`, and returns what it registered.
 *
 * @param mode - `auto`: nothing stays registered. `global`: everything does, as far as the agent has not registered its own.
 * @throws what `start` throws; the globals are restored then, too
 */
export function startApart(packages: SdkPackages, mode: 'auto' | 'global', start: () => void): StartedParts {
  const before = globals[API];
  const logsBefore = globals[LOGS];
  delete globals[API];
  let keep = false;
  try {
    const slot = openSlot(packages);
    // A logs API that is taken stays so: the SDK then leaves its proxy alone.
    if (before?.logs !== undefined) slot.logs = before.logs;
    start();
    const parts = partsOf(slot, before, logsBefore);
    keep = mode === 'global' && canKeep(slot, before);
    // What others find registered is the proxy: the same object is returned, so that it is known as ours.
    return keep ? { ...parts, tracerProvider: slot.trace } : parts;
  } finally {
    close(packages, before, logsBefore, keep);
  }
}

/** Makes the slot with the API's own stamp, and lets no one but us choose where its diagnostics go. */
function openSlot(packages: SdkPackages): Slot {
  const { api } = packages;
  const logLevel = diagLevel(
    api,
    process.env,
    valueOf(process.env, 'OTEL_CONFIG_FILE') === undefined ? 'NONE' : 'WARN',
  );
  api.diag.setLogger(stderrDiagLogger(), { logLevel, suppressOverrideMessage: true });
  const slot = globals[API]!;
  const ours = slot.diag;
  // NodeSDK puts a logger here that prints to stdout. Hidden until then, or each would be told about the other.
  let asked = false;
  Object.defineProperty(slot, 'diag', {
    configurable: true,
    enumerable: true,
    get: () => (asked ? ours : undefined),
    set: () => {
      asked = true;
    },
  });
  return slot;
}

function partsOf(slot: Slot, before: Slot | undefined, logsBefore: Globals[typeof LOGS]): StartedParts {
  const registeredLogs = slot.logs === before?.logs ? undefined : slot.logs;
  const apiLogs = globals[LOGS] === logsBefore ? undefined : globals[LOGS]?.(1);
  return {
    tracerProvider: (slot.trace as (Proxy & TracerProvider) | undefined)?.getDelegate(),
    meterProvider: slot.metrics,
    loggerProvider: registeredLogs ?? apiLogs,
    propagator: slot.propagation,
  };
}

function canKeep(slot: Slot, before: Slot | undefined): boolean {
  if (before === undefined || before.version === slot.version) return true;
  warnOnce(
    'api-version',
    `OTEL_MCP_SDK=global has no effect: the process already uses @opentelemetry/api ${before.version}, and the SDK at hand registers with ${slot.version}; install one version of @opentelemetry/api`,
  );
  return false;
}

function close(
  packages: SdkPackages,
  before: Slot | undefined,
  logsBefore: Globals[typeof LOGS],
  keep: boolean,
): void {
  const slot = globals[API];
  if (keep && slot !== undefined) {
    keepSlot(slot, before);
    return;
  }
  const proxy = slot?.trace as unknown as Partial<Proxy> | undefined;
  proxy?.setDelegate?.(undefined);
  const logsTaken = (slot?.logs !== undefined && slot.logs !== before?.logs) || globals[LOGS] !== logsBefore;
  restore(API, before);
  restore(LOGS, logsBefore);
  if (logsTaken && packages.logsApi !== undefined) resetLogs(packages.logsApi);
}

function keepSlot(slot: Slot, before: Slot | undefined): void {
  const diag: unknown = slot.diag;
  delete slot.diag;
  if (diag !== undefined) slot.diag = diag;
  if (before === undefined) return;
  // The API's copies cache the object, and the agent's own registrations in it win.
  for (const [name, value] of Object.entries(slot)) {
    if (!(name in before)) (before as unknown as Record<string, unknown>)[name] = value;
  }
  globals[API] = before;
}

function restore<K extends keyof Globals>(key: K, value: Globals[K]): void {
  if (value === undefined) delete globals[key];
  else globals[key] = value;
}

/** Loggers that the agent already holds must not write to the private provider. */
function resetLogs(logs: LogsApi): void {
  const proxy = logs.getLoggerProvider() as Record<string, unknown>;
  // Internal to the logs API, but the same in both lines; `disable()` would cut the loggers off for good.
  const reset = proxy['_setDelegate'];
  if (typeof reset === 'function') reset.call(proxy, undefined);
  else logs.disable();
}
