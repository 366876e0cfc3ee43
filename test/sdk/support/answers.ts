/** The tools of the test servers, one of every behaviour, whatever SDK carries them. */

/** What a tool may ask of the connection it was called on. */
export interface Peer {
  readonly meta: unknown;
  /** A JSON-RPC error of the SDK in use. */
  readonly fault: (code: number, message: string) => Error;
  readonly sample: () => Promise<unknown>;
  readonly elicit: () => Promise<unknown>;
  readonly roots: () => Promise<unknown>;
  readonly notify: (notification: { method: string; params: Record<string, unknown> }) => Promise<void>;
  readonly signal: AbortSignal;
}

type Tool = (args: Record<string, unknown>, peer: Peer) => unknown;

const text = (value: unknown) => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : 'none' }],
});

const tools: Record<string, Tool> = {
  echo: (args) => text(args['text']),
  /** Answers with the `_meta` that it received. */
  whoami: (_, { meta }) => text(JSON.stringify(meta ?? {})),
  /** Answers with `isError`. */
  fail: () => ({ ...text('secret detail of the failure'), isError: true }),
  /** Its handler throws an ordinary error: JSON-RPC -32603. */
  throw: () => {
    throw new Error('handler broke');
  },
  /** Answers with the JSON-RPC error `code`. */
  rpc: (args, { fault }) => {
    throw fault(Number(args['code']), (args['message'] as string | undefined) ?? 'remote says no');
  },
  /** Answers after `ms` milliseconds. */
  slow: async (args) => {
    await new Promise((resolve) => {
      setTimeout(resolve, Number(args['ms'] ?? 1_000)).unref();
    });
    return text(args['text']);
  },
  /** Structured content; a wrong one when asked to. */
  structured: (args) => ({ ...text('{}'), structuredContent: { n: args['violate'] === true ? 'one' : 1 } }),
  sample: async (_, peer) => text(JSON.stringify(await peer.sample())),
  elicit: async (_, peer) => text(JSON.stringify(await peer.elicit())),
  roots: async (_, peer) => text(JSON.stringify(await peer.roots())),
  progress: async (_, { meta, notify }) => {
    const token = (meta as { progressToken?: unknown } | undefined)?.progressToken;
    await notify({
      method: 'notifications/progress',
      params: { progressToken: token, progress: 1, total: 2 },
    });
    return text('done');
  },
  log: async (_, { notify }) => {
    await notify({ method: 'notifications/message', params: { level: 'info', data: 'logged' } });
    return text('done');
  },
};

const anything = { type: 'object' as const, additionalProperties: true };
const oneNumber = {
  type: 'object' as const,
  properties: { n: { type: 'number' as const } },
  required: ['n'],
};

export const TOOLS = Object.keys(tools).map((name) => ({
  name,
  inputSchema: anything,
  ...(name === 'structured' ? { outputSchema: oneNumber } : {}),
}));
export const RESOURCES = [{ uri: 'test://greeting', name: 'greeting' }];
export const PROMPTS = [{ name: 'greet', arguments: [{ name: 'who' }] }];

export async function runTool(name: string, args: Record<string, unknown>, peer: Peer): Promise<unknown> {
  const tool = tools[name];
  if (tool === undefined) throw peer.fault(-32602, `Unknown tool: ${name.slice(0, 50)}`);
  return tool(args, peer);
}
