/** Digests of tool definitions, as the servers of this process have sent them. */
import { createHash } from 'node:crypto';

import { canonicalize } from 'json-canonicalize';
import { LRUCache } from 'lru-cache';

import type { Session } from '../core/call';
import { safely } from '../core/safe';
import type { ToolDefinition } from './guard';

/** What a model is told of a tool. The rest of a definition changes nothing of what it does or may do. */
const DIGESTED = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

const MAX_SERVERS = 1_000;
/** Of one server. */
const MAX_TOOLS = 10_000;

const computed = new WeakMap<ToolDefinition, string>();

/**
 * `sha256:` and the hex digest of the canonical JSON (RFC 8785) of what a model is told of the tool.
 *
 * @throws when the definition is nothing that JSON knows
 */
export function definitionDigest(tool: ToolDefinition): string {
  let digest = computed.get(tool);
  if (digest === undefined) {
    const told = DIGESTED.filter((field) => tool[field] !== undefined).map((field) => [field, tool[field]]);
    const text = canonicalize(Object.fromEntries(told));
    digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    computed.set(tool, digest);
  }
  return digest;
}

/** What is kept of a definition. */
interface Known {
  readonly digest: string;
  readonly isIdempotent: boolean;
}

/** The latest digest of every tool, by connection and by server. Outlives the policy. */
export class ToolDefinitions {
  private readonly ofSession = new WeakMap<Session, Map<string, Known>>();
  /** By full transport identity: what one client has listed another one of the same server calls. */
  private readonly ofServer = new LRUCache<string, Map<string, Known>>({ max: MAX_SERVERS });

  /** A server has sent these. */
  note(session: Session, tools: readonly ToolDefinition[]): void {
    const own = this.ofSession.get(session) ?? new Map<string, Known>();
    const shared = this.ofServer.get(session.identity) ?? new Map<string, Known>();
    for (const tool of tools) {
      const digest = safely('guards', () => definitionDigest(tool));
      for (const known of [own, shared]) {
        if (digest === undefined) known.delete(tool.name);
        else if (known.size < MAX_TOOLS || known.has(tool.name)) {
          known.set(tool.name, { digest, isIdempotent: isIdempotent(tool) });
        }
      }
    }
    this.ofSession.set(session, own);
    this.ofServer.set(session.identity, shared);
  }

  /** `undefined`: no list with this tool was seen. */
  digestOf(session: Session, tool: string): string | undefined {
    return this.known(session, tool)?.digest;
  }

  /** Whether the server says of the tool that calling it twice does no more than calling it once. */
  isIdempotent(session: Session, tool: string): boolean {
    return this.known(session, tool)?.isIdempotent === true;
  }

  private known(session: Session, tool: string): Known | undefined {
    return this.ofSession.get(session)?.get(tool) ?? this.ofServer.get(session.identity)?.get(tool);
  }
}

function isIdempotent({ annotations }: ToolDefinition): boolean {
  if (typeof annotations !== 'object' || annotations === null) return false;
  const { readOnlyHint, idempotentHint } = annotations as Record<string, unknown>;
  return readOnlyHint === true || idempotentHint === true;
}
