/** The parts of `docs/frameworks.md` that are prose. */

export const BARE_CLIENTS =
  'Code that uses `@modelcontextprotocol/sdk`, `/client` or `/server` itself needs no framework to be traced. “The private SDK” is the OpenTelemetry SDK that this package starts where the agent has none.';

export const MEASURED = `Every version named here was installed alone, exactly as npm resolves it on that Node, and an ordinary program without a word about us ran with it twice: bare, and preloaded. To pass, the preloaded run must

- leave exactly the expected spans, with their parents and outcomes;
- carry, on every message that reaches the other side, the trace context of that message’s own span, and continue the caller’s trace in a server;
- count each tool call once in the guide’s metrics, and each operation once in the convention’s;
- print the same, end the same and exchange the same messages as the bare run, but for trace context in \`_meta\`.

A client calls three tools of a recording server: one answers, one answers with \`isError\`, one with a JSON-RPC error. A server is asked the same by raw JSON-RPC. No provider’s model was asked: the framework’s own loop called the tools for a scripted model, or the program called them as that loop does. ESM programs on the newest Node ran with \`--import\` too. \`npm run test:frameworks\` does it again.`;

export const OUT_OF_PROCESS =
  'Where MCP is spoken by a native program that the agent starts, no JavaScript of the agent sees a message, and nothing that is loaded into Node can.';
