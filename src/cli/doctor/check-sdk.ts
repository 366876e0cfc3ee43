/** Which copies of MCP SDKs were met, and why none was. */
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';

import { NAME } from '../../version';
import { saidLines, type Evidence, type SdkCopy } from './evidence';
import { findingsOf, type Finding, type Findings } from './finding';
import { packageOf } from './preload-words';
import type { Snapshot } from './snapshot';

const { ok, warn, problem } = findingsOf('sdk');

export function* checkSdk(evidence: Evidence): Findings {
  const { agent, copies, cwd } = evidence;
  if (agent === undefined || agent.runtime !== 'node') return;
  for (const copy of copies) yield ok('sdk', describe(copy, cwd));
  if (copies.length > 1)
    yield ok('several-sdk-copies', `${copies.length} copies are loaded, and each is instrumented`);
  if (agent.isInCode && copies.length === 0) yield ok('sdk', 'classes that the agent’s code has handed over');
  yield* unrecognised(evidence, agent);
  yield* noEsmHooks(evidence, agent);
  if (!agent.isInUse) yield* nothingMet(evidence, agent);
  else if (agent.sessions.length === 0 && evidence.run?.exit?.code !== 1) yield noConnection(evidence);
}

function describe({ owner, via, files }: SdkCopy, cwd: string): string {
  const [file = ''] = files;
  if (via === 'bundle') return `a copy bundled into ${shownPath(file, cwd)}`;
  const name = owner === undefined ? file : `${owner.name} ${owner.version ?? ''}`.trim();
  return `${name} in ${shownPath(owner?.folder ?? file, cwd)} (${files.length} ${files.length === 1 ? 'file' : 'files'})`;
}

function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

const IN_SOURCE = [
  'leave the SDK out of the bundle (esbuild: --external:@modelcontextprotocol/*), or hand over its classes in the source:',
  `  import { instrument } from '${NAME}';`,
  '  instrument({ Client, Server });',
];

function* unrecognised(evidence: Evidence, agent: Snapshot): Findings {
  for (const line of saidLines(evidence, /contains a copy of the MCP SDK/)) {
    const make = agent.isInUse ? warn : problem;
    yield make(
      'bundle-not-recognised',
      `${line.slice(0, line.indexOf(' contains'))} has a copy of the MCP SDK in a form that is not known`,
      'the bundler has changed the classes by which they are found: calls of that copy are not traced',
      ...IN_SOURCE,
    );
  }
}

function* noEsmHooks(evidence: Evidence, agent: Snapshot): Findings {
  for (const line of saidLines(evidence, /^ES modules cannot be hooked/)) {
    const make = agent.isInUse ? warn : problem;
    yield make(
      'esm-hooks-forbidden',
      line.split(':', 1)[0]!,
      'under the permission model this Node has no thread for hooks: an MCP SDK that is imported is not traced',
      'allow it the thread: node --permission --allow-worker …',
      'or use Node 24.11.1 or later, which needs none',
    );
  }
}

function* nothingMet(evidence: Evidence, agent: Snapshot): Findings {
  if (saidLines(evidence, /contains a copy of the MCP SDK|^ES modules cannot be hooked/).length > 0) return;
  const { run, environment, seconds } = evidence;
  // Why it is so has been said already.
  if (run?.exit !== undefined && run.exit.code !== 0) return;
  if (!agent.isHooked) return;
  if (hasSdkInside(agent.script)) {
    yield problem(
      'bundle-not-recognised',
      environment['OTEL_MCP_BUNDLES'] === 'off'
        ? `${agent.script} has a copy of the MCP SDK, and OTEL_MCP_BUNDLES=off searches no bundles`
        : `${agent.script} has a copy of the MCP SDK whose properties were renamed`,
      'classes in a bundle are found by the names of their properties: calls of that copy are not traced',
      ...(environment['OTEL_MCP_BUNDLES'] === 'off' ? ['unset OTEL_MCP_BUNDLES'] : IN_SOURCE),
    );
    return;
  }
  const isOver = run?.exit !== undefined;
  const make = isOver ? problem : warn;
  yield make(
    'no-sdk',
    isOver ? 'the agent has ended without loading an MCP SDK' : `no MCP SDK was loaded within ${seconds} s`,
    `instrumented are @modelcontextprotocol/sdk 1.x, @modelcontextprotocol/client and /server 2.x, and the AI SDK’s client (${whatIsLoaded(agent)})`,
    isOver
      ? 'give doctor the command and the arguments with which the agent uses MCP'
      : `give it more time, or something to do: otel-mcp doctor --seconds ${Math.max(60, seconds * 2)} -- …`,
  );
}

function whatIsLoaded({ script, packages }: Snapshot): string {
  const owner = script === undefined ? undefined : packageOf(script);
  const from = owner === undefined ? '' : `, of ${owner.name}`;
  const shownOnes = packages.slice(0, SHOWN_PACKAGES).join(', ');
  const more = packages.length > SHOWN_PACKAGES ? ` and ${packages.length - SHOWN_PACKAGES} more` : '';
  const required = packages.length === 0 ? '' : `; required were ${shownOnes}${more}`;
  return `the script was ${script ?? 'none'}${from}${required}`;
}

const SHOWN_PACKAGES = 8;
const MAX_BYTES = 33_554_432;
/** What any copy of an SDK has as text, whatever its names became. */
const WORDS = [
  'notifications/initialized',
  'tools/call',
  'notifications/cancelled',
  'resources/templates/list',
];

function hasSdkInside(script: string | undefined): boolean {
  try {
    if (script === undefined || statSync(script).size > MAX_BYTES) return false;
    const text = readFileSync(script, 'latin1');
    return WORDS.every((word) => text.includes(word));
  } catch {
    return false;
  }
}

function noConnection({ seconds, run }: Evidence): Finding {
  return warn(
    'no-mcp-use',
    run?.exit === undefined
      ? `the MCP SDK was loaded, and nothing was asked within ${seconds} s`
      : 'the MCP SDK was loaded, and nothing was asked',
    'what goes to servers and comes from clients could not be looked at',
    `give it more time, or something to do: otel-mcp doctor --seconds ${Math.max(60, seconds * 2)} -- …`,
    'a server waits for its client: try the agent that starts it',
  );
}
