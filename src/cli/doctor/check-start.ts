/** How the agent is started: runtime, version, preload. */
import { realpathSync } from 'node:fs';

import { NAME } from '../../version';
import { packageOf, REGISTER } from './preload-words';
import { saidLines, type Evidence } from './evidence';
import { findingsOf, type Finding, type Findings } from './finding';
import { isOlder, oldestNode } from './node-version';
import { shown } from './command-line';

const { ok, warn, problem } = findingsOf('start');

/** Where SDK 1.x has its client. */
const CLIENT = '@modelcontextprotocol/sdk/client/index.js';
const SHOWN_LINES = 3;

export function* checkStart(evidence: Evidence): Findings {
  const { command, run, agent } = evidence;
  if (command === undefined) return;
  const foreign = foreignRuntime(evidence);
  if (foreign !== undefined) yield foreign;
  else {
    const version = agent?.version ?? command.version;
    if (version !== undefined) yield nodeVersion(version);
    yield* preload(evidence);
  }
  if (agent !== undefined) yield* copies(agent.copies);
  yield* further(evidence);
  if (run !== undefined) yield* ending(evidence);
}

const RUNTIMES = { bun: 'Bun', deno: 'Deno' } as const;

function foreignRuntime({ command, agent }: Evidence): Finding | undefined {
  const runtime = agent?.runtime ?? command?.runtime;
  if (runtime !== 'bun' && runtime !== 'deno') return undefined;
  const name = agent === undefined ? RUNTIMES[runtime] : `${RUNTIMES[runtime]} ${agent.version}`;
  if (agent?.isInCode === true)
    return ok('instrumented-in-code', `${name}; the agent calls instrument() itself`);
  return problem(
    runtime,
    `the agent runs on ${name}, and does not call instrument()`,
    `${RUNTIMES[runtime]} has no module hooks that a preload could use: nothing is traced`,
    'hand over the classes in the agent’s code, before it connects:',
    `  import { Client } from '${CLIENT}';  // SDK 2.x: '@modelcontextprotocol/client'`,
    `  import { instrument } from '${NAME}';`,
    '  instrument({ Client });',
    `or run the agent with Node: node --require ${REGISTER} agent.js`,
  );
}

function nodeVersion(version: string): Finding {
  const oldest = oldestNode();
  if (!isOlder(version, oldest)) return ok('node-version', `Node ${version}`);
  return problem(
    'node-too-old',
    `the agent runs on Node ${version}`,
    `this package needs Node ${oldest}: older ones lack the module hooks it uses`,
    'run the agent with a Node that is maintained, such as 24: nvm install 24 && nvm use 24',
  );
}

function* preload(evidence: Evidence): Findings {
  const { command, run, agent } = evidence;
  const missing = /Cannot find (?:module|package) '(?:opentelemetry-instrumentation-mcp[^']*)'/.exec(
    run?.stderr ?? '',
  );
  if (missing !== null) {
    yield problem(
      'preload-not-found',
      `Node does not find the package: ${missing[0]}`,
      'an agent that preloads what is not installed does not start',
      `install it where the agent is started: npm install ${NAME}`,
    );
    return;
  }
  const [failed] = saidLines(evidence, /^not loaded, nothing is traced/);
  if (failed !== undefined) {
    yield problem(
      'preload-not-found',
      failed,
      'the package is there and damaged, or not whole',
      `install it again: npm install ${NAME}`,
    );
    return;
  }
  if (agent === undefined) {
    const isKnown = command?.runtime === 'node';
    if (isKnown && command.preload === 'argument') yield flagOrder(evidence);
    else if (isKnown && command.preload === undefined) yield notPreloaded(evidence);
    return;
  }
  if (agent.isInCode && (agent.isAdded || agent.preload === undefined)) {
    yield ok('instrumented-in-code', 'the agent’s code instruments the SDK itself');
  } else if (agent.isAdded) {
    yield agent.preload === 'argument' ? flagOrder(evidence) : notPreloaded(evidence);
  } else if (agent.isHooked) {
    const by = { flag: 'a flag of Node', NODE_OPTIONS: 'NODE_OPTIONS', argument: 'a file that is preloaded' };
    yield ok('preloaded', `preloaded by ${by[agent.preload ?? 'argument']}`);
  } else yield notPreloaded(evidence);
}

const ADDED = 'for this run doctor has preloaded it';

function flagOrder({ command, agent }: Evidence): Finding {
  const script = agent?.script === undefined ? 'the script' : `‘${baseName(agent.script)}’`;
  return problem(
    'flag-order',
    `--require ${REGISTER} stands behind ${script}${agent?.isAdded === true ? `; ${ADDED}` : ''}`,
    'Node takes flags before the script only: behind it they are arguments of the agent, and nothing is traced',
    `${command?.runtime === 'node' ? 'put it before the script' : 'start it so'}: ${command?.corrected}`,
  );
}

function notPreloaded({ command, agent }: Evidence): Finding {
  return problem(
    'not-preloaded',
    `the command does not preload this package${agent?.isAdded === true ? `; ${ADDED}` : ''}`,
    'the MCP SDK is instrumented as it is loaded: without the preload nothing is traced and no policy is in force',
    `start it so: ${command?.corrected}`,
    `or set it for everything that is started: export NODE_OPTIONS="--require ${REGISTER}"`,
  );
}

function* copies(folders: readonly string[]): Findings {
  const found = new Map(folders.map((folder) => [realPath(folder), folder]));
  if (found.size < 2) return;
  const named = [...found.keys()].map((folder) => {
    const version = packageOf(`${folder}/build/src/x`)?.version;
    return `${folder}${version === undefined ? '' : ` (${version})`}`;
  });
  yield warn(
    'two-copies',
    `${found.size} copies of this package are loaded: ${named.join(', ')}`,
    'the first one serves all, and what the other’s version adds is missing',
    `preload the copy that the agent imports, or install one version: npm ls ${NAME}`,
  );
}

function* further({ run, agent }: Evidence): Findings {
  const others = (run?.snapshots ?? []).filter(
    (one) => one !== agent && one.sessions.some(({ role }) => role === 'client'),
  );
  if (others.length === 0) return;
  const pids = others.map(({ pid }) => pid).join(', ');
  yield ok(
    'further-agents',
    `${others.length} more of its processes or threads use MCP (${pids}): --json shows them`,
  );
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function* ending({ command, run, agent }: Evidence): Findings {
  const { exit, seconds, snapshots, lastLines } = run!;
  const hasFailed = exit !== undefined && exit.code !== 0;
  if (hasFailed) {
    const used = agent?.sessions.some(({ calls }) => calls > 0) === true;
    const how = exit.code === null ? `by ${exit.signal}` : `with exit code ${exit.code}`;
    const make = used ? warn : problem;
    yield make(
      'agent-failed',
      [`the agent ended ${how} after ${seconds.toFixed(1)} s`, ...lastWords(lastLines)].join('\n'),
      used ? 'what it did until then is judged here' : 'it did not get as far as its first MCP call',
      `see whether it does the same without doctor: ${shown(command!.words)}`,
    );
  }
  const isForeign = command!.runtime === 'bun' || command!.runtime === 'deno';
  if (snapshots.length > 0 || isForeign) return;
  yield problem(
    'no-node-process',
    command!.runtime === 'native'
      ? 'the command is a program of its own, and starts no Node that can be seen'
      : 'the command has started no Node that can be seen',
    'only Node loads the package; a container, another machine or a cleaned environment is out of reach of NODE_OPTIONS',
    'run doctor where Node is started, inside the container for one: npx otel-mcp doctor -- node agent.js',
  );
}

/** The error, where one can be told from its stack. */
function lastWords(lines: readonly string[]): readonly string[] {
  const error = lines.findLast((line) => /^\s*(?:\[?[\w$.]*(?:Error|Exception)\b|[\w$ ]*error:)/i.test(line));
  return error === undefined ? lines.slice(-SHOWN_LINES) : [error];
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
