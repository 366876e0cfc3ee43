/**
 * Keeps the definitions of tools as they were when somebody looked at them.
 *
 * A list is compared with the lock file as it comes, and each call with the list that came last: a changed tool is neither
 * shown nor called. A call of a tool that no list has shown in this process is decided as that of a new one.
 */
import type { Policy } from '../policy/schema';
import type { Finding, GuardInput, PureGuard } from './guard';
import { ALLOWED } from './guard';
import type { ToolDefinitions } from './tool-definitions';
import { definitionDigest } from './tool-definitions';
import { ToolLock } from './tool-lock';

type PinSection = NonNullable<Policy['tools_pin']>;
type Consequence = PinSection['on_new'];

/** @param definitions - what servers have sent; somebody else fills it */
export function createToolPin(section: PinSection, definitions: ToolDefinitions): PureGuard {
  const lock = new ToolLock(section.file);
  const judge = ({ call, now }: GuardInput, tool: string, digest: string): Finding => {
    const pinned = lock.digestOf(call.session, tool, now);
    if (pinned === undefined) return finding('definition_new', section.on_new);
    return pinned === digest ? ALLOWED : finding('definition_changed', section.on_change);
  };
  return {
    name: 'tool_pin',
    mode: section.mode,
    check(input) {
      const { direction, method, session, target } = input.call;
      if (direction !== 'outgoing' || method !== 'tools/call' || target === undefined) return undefined;
      const digest = definitions.digestOf(session, target.name);
      if (digest === undefined) return finding('definition_unseen', section.on_new);
      return judge(input, target.name, digest);
    },
    checkDefinition(input, tool) {
      const digest = definitionDigest(tool);
      const found = judge(input, tool.name, digest);
      if (found === LEARNED) lock.add(input.call.session, tool.name, digest);
      return found;
    },
    listed: () => lock.save(),
  };
}

/** It is new, and goes into the file. */
const LEARNED: Finding = { verdict: 'allow', reason: 'definition_new' };

function finding(reason: string, consequence: Consequence): Finding {
  if (consequence === 'allow') return LEARNED;
  return { verdict: 'deny', reason, mode: consequence === 'observe' ? 'observe' : undefined };
}
