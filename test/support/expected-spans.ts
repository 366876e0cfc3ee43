/** How a test writes down the spans that it expects. */

export interface ExpectedSpan {
  kind: 'CLIENT' | 'SERVER';
  name: string;
  /** Name of the parent span, `root`, or `caller` where the parent is the span of the test that asked. */
  parent: string;
  /** `error.type`; its presence also means status ERROR. */
  error: string | undefined;
  /** `rpc.response.status_code`. */
  rpc: string | undefined;
}

/** A CLIENT span without a parent that ended well. */
export const ok = (name: string): ExpectedSpan => ({
  kind: 'CLIENT',
  name,
  parent: 'root',
  error: undefined,
  rpc: undefined,
});

/** @param rpc - the code of the JSON-RPC error, where there was one */
export const failed = (name: string, error: string, rpc?: string): ExpectedSpan => ({
  ...ok(name),
  error,
  rpc,
});
