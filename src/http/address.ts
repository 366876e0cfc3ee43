/** `[host:]port`, as `OTEL_MCP_HTTP` has it. */
export interface HttpAddress {
  /** Without brackets. Default: loopback. */
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';

/** @returns `undefined` when it is no address */
export function parseAddress(text: string): HttpAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return digits === undefined || port > 65_535 ? undefined : { host: bracketed ?? plain ?? LOOPBACK, port };
}
