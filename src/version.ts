/** Name and version of the instrumentation scope. A test keeps them equal to `package.json`. */
export const NAME = 'opentelemetry-instrumentation-mcp';
export const VERSION = '0.1.0';
