/**
 * What the table of frameworks knows of one framework, and what it does with it.
 *
 * To add a row:
 * 1. `rows/<name>.ts` exports `row: Row`. Files are found by themselves; `<name>` also names the row on the command
 *    line. Everything in it is a literal, taken from the framework's and the convention's documents, not from a run.
 * 2. `programs/<program>.mjs` and `.cjs` (as `formats` says) use the framework as its user would, without a mention of
 *    us. What both formats share goes into `programs/lib/<program>.cjs`, which requires nothing but Node: imports are
 *    resolved in the folder where `packages` are installed.
 *    - client: gets the arguments `SERVER RECORD` (then `args`) and starts the stdio server
 *      `process.execPath SERVER RECORD` (`server.cjs`: tools `echo`, `fail`, `broken`); prints what it gets of each
 *      call; ends by itself.
 *    - server: offers `echo`, `fail`, `broken` over stdio, or over HTTP on a free loopback port, whose URL is then its
 *      first line of stdout; ends when its stdin ends. `drive.ts` asks it what `requests` say.
 * 3. `npm run test:frameworks -- <name>` runs it. Each cell runs bare and preloaded; what must hold then is in
 *    `check.ts`.
 */
import { failed, ok, type ExpectedSpan } from '../support/expected-spans';

export { failed, ok, type ExpectedSpan } from '../support/expected-spans';

export type ModuleKind = 'cjs' | 'esm';

/** What npm resolves there is what a user of that Node gets. */
export const NODE_20 = '20.20.2';
export const NEWEST_NODE = '26.10.0';

/** One request to a framework's server; `notification` has no answer. */
export interface ServerRequest {
  method: string;
  params?: Record<string, unknown>;
  notification?: boolean;
}

/** One set of packages, which is a cell for each of its Nodes and formats. */
export interface Version {
  /** Exact: `['@langchain/mcp-adapters@1.1.4', '@langchain/core@1.2.3']`, the framework first. */
  packages: readonly string[];
  nodes: readonly string[];
  formats: readonly ModuleKind[];
  /** Name of the program in `programs/`, without extension. */
  program: string;
  args?: readonly string[];
  /** Environment of the program, bare and preloaded. */
  env?: Readonly<Record<string, string>>;
  /** OUR spans in the order in which they start. `parent` may be the name of a span of the framework. */
  spans: readonly ExpectedSpan[];
  /** Names of the MCP spans that the framework makes itself, beside ours; default none. */
  foreign?: readonly string[];
  /** Those of `spans` that are in the convention's metrics, where an agent's own SDK has no metrics; default all. */
  measured?: readonly ExpectedSpan[];
  /** `mcp.tool.calls` by status, such as `{ success: 1, error: 2 }`. A server counts none. */
  toolCalls: Readonly<Record<string, number>>;
  /** Makes equal what differs between two bare runs (ports, process ids, random ids) in stdout and in messages. */
  normalise?: (text: string) => string;
  /** Set where what is in flight at once may start in any order. */
  anyOrder?: boolean;
  /** Preloaded by `NODE_OPTIONS`, for frameworks that hand their environment on: their servers have it too. */
  inherited?: boolean;
  /** Lines of ours on stderr that belong there. */
  warnings?: RegExp;
  /** How the program ends when it does not by itself; default `stdin`, its end. For servers. */
  stop?: 'stdin' | 'SIGTERM';
  /** Servers: default `stdio`. */
  transport?: 'stdio' | 'http';
  /** Servers: what is asked; default `REQUESTS` of `drive.ts`. */
  requests?: readonly ServerRequest[];
  /** Why these cells cannot be run, shown in the documentation. */
  cannotRun?: string;
}

export interface Row {
  /** Name on npm. */
  package: string;
  /** Which side of MCP the framework is. */
  role: 'client' | 'server';
  /** Empty where nothing can be run. */
  versions: readonly Version[];
  /** Why there is no version that can be run: what was tried and what happened. */
  cannotRun?: string;
  /** It speaks MCP in a process where no JavaScript of the agent runs. */
  outOfProcess?: boolean;
  /** Which copy of MCP it uses, for the documentation: `SDK v1, as its dependency`. */
  copy: string;
  /** One sentence each, for the documentation. */
  traced: string;
  /** Why, too. Leave out where nothing is missed. */
  notTraced?: string;
  /** What to do about what is not traced. */
  instead?: string;
}

/** What a client leaves that shakes hands, lists the recording server's tools and calls each of the three. */
export const THREE_CALLS: Pick<Version, 'spans' | 'toolCalls'> = {
  spans: [
    ok('initialize'),
    ok('notifications/initialized'),
    ok('tools/list'),
    ok('tools/call echo'),
    failed('tools/call fail', 'tool_error'),
    failed('tools/call broken', '-32603', '-32603'),
  ],
  toolCalls: { success: 1, error: 2 },
};
