/**
 * What we have to say to a person, and what we count when something of ours fails.
 *
 * Everything goes to stderr: stdout is the protocol channel of a stdio server that runs under the preload.
 */

const PREFIX = 'opentelemetry-instrumentation-mcp: ';

const said = new Set<string>();
const internalErrors = new Map<string, number>();

let sink: ((text: string) => void) | undefined;

/** Calls `work`; what is said meanwhile goes to `take`, without the prefix, and not to stderr. */
export function saidDuring<T>(work: () => T, take: (text: string) => void): T {
  sink = take;
  try {
    return work();
  } finally {
    sink = undefined;
  }
}

/** Writes one line to stderr. Never throws: a closed stderr is the agent's business. */
export function say(text: string): void {
  try {
    if (sink === undefined) process.stderr.write(`${PREFIX}${text}\n`);
    else sink(text);
  } catch {
    // Nowhere left to say it.
  }
}

/**
 * Writes `text` to stderr the first time `code` is used in this process.
 *
 * @param code - stable name of the message, such as `api-version`
 */
export function warnOnce(code: string, text: string): void {
  if (said.has(code)) return;
  said.add(code);
  say(text);
}

/**
 * Counts a failure of ours that was swallowed so that the agent does not see it, and says so once per component.
 *
 * @param component - part of the package that failed, the label of `mcpguard.internal.errors`
 */
export function countInternalError(component: string, error: unknown): void {
  internalErrors.set(component, (internalErrors.get(component) ?? 0) + 1);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  warnOnce(
    `internal:${component}`,
    `${component} failed and was bypassed (${what}); further failures are only counted`,
  );
}

/** Failures swallowed so far, by component: read by the `mcpguard.internal.errors` instrument. */
export function internalErrorCounts(): ReadonlyMap<string, number> {
  return internalErrors;
}
