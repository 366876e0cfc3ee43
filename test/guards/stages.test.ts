/**
 * Guards of arguments, results and definitions in whole agents: on SDK v1 and v2 and the AI SDK's own client, against a
 * server whose definitions change, and against a server that nobody here wrote.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { stringify } from 'yaml';

import type { AuditRecord } from '../../src/audit/schema';
import type { PolicyInput } from '../../src/policy/schema';
import { packages, programsIn, project, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { expectExit, runProgram } from '../support/run-program';

const HIDDEN = '\u200b';
const EVERYTHING = join(REPOSITORY, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');

interface Client {
  readonly program: string;
  readonly folder: () => Promise<string>;
  /** Whether it asks for all pages of a list. */
  readonly hasPages: boolean;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  'SDK 1.32': {
    program: 'agent-v1.cjs',
    folder: () => project({ sdk: '1.32.2', tarball: false }),
    hasPages: true,
  },
  'SDK 2.4': {
    program: 'agent-v2.cjs',
    folder: () => project({ sdk: '2.4.0', tarball: false }),
    hasPages: true,
  },
  '@ai-sdk/mcp 1.0': {
    program: 'agent-ai.mjs',
    folder: () => packages(['@ai-sdk/mcp@1.0.101']),
    hasPages: false,
  },
};

interface Outcome {
  readonly content?: readonly { readonly text: string }[];
  readonly isError?: boolean;
  readonly thrown?: {
    readonly name: string;
    readonly code: string;
    readonly kind: string;
    readonly guard: string;
  };
}

/** What the agent prints. */
interface Seen {
  readonly first: readonly [string, string][];
  readonly echo: Outcome;
  readonly poem: Outcome;
  readonly second: readonly [string, string][];
  readonly search: Outcome;
}

interface Run {
  readonly stdout: string;
  readonly seen: Seen;
  /** Calls that came to the server: name and arguments. */
  readonly arrived: readonly [string, unknown][];
  readonly audit: readonly AuditRecord[];
  readonly spans: readonly ReceivedSpan[];
}

type Given = Omit<PolicyInput, 'version' | 'id'>;

let folder: string;
let receiver: OtlpReceiver;
let runs = 0;

async function run(client: Client, policy: Given | undefined, server?: readonly string[]): Promise<Run> {
  runs += 1;
  const at = (name: string): string => join(folder, `${name}-${runs}`);
  const programs = await programsIn(await client.folder(), 'test/guards/programs');
  const env = { RECORD_FILE: at('record') };
  if (policy !== undefined) {
    const written = { version: 1, id: 'test', audit: { dir: at('audit') }, ...policy };
    writeFileSync(at('policy'), stringify(written), { mode: 0o600 });
  }
  receiver.spans.length = 0;
  const changing = [
    process.execPath,
    join(programs, 'changing-server.cjs'),
    ...(client.hasPages ? ['--pages'] : []),
  ];
  const result = await runProgram(join(programs, client.program), {
    cwd: programs,
    args: server ?? changing,
    preload: policy === undefined ? 'none' : 'require',
    env: policy === undefined ? env : { ...env, ...receiver.env(), MCP_GUARD_POLICY: at('policy') },
  });
  const { stdout } = expectExit(result);
  return {
    stdout,
    seen: JSON.parse(stdout) as Seen,
    arrived: linesOf(env.RECORD_FILE) as [string, unknown][],
    audit: existsSync(at('audit'))
      ? readdirSync(at('audit')).flatMap((name) => linesOf(join(at('audit'), name)) as AuditRecord[])
      : [],
    spans: [...receiver.spans],
  };
}

function linesOf(file: string): unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

const names = (tools: readonly [string, string][]): string[] => tools.map(([name]) => name);

/** Every decision that did not allow: guard, stage, action and the tool that a definition defines. */
const decided = ({ audit }: Run): string[] => {
  const found = audit.flatMap(({ call_id: id, decisions = [] }) =>
    decisions
      .filter(({ verdict }) => verdict !== 'allow')
      .map(({ guard, stage, action, reason, tool = '' }) =>
        [id, guard, stage, action, reason, tool].join(' '),
      ),
  );
  // A call may have two lines.
  return [...new Set(found)].map((line) => line.slice(line.indexOf(' ') + 1).trim()).toSorted();
};

const eventsOf = (spans: readonly ReceivedSpan[], name: string): unknown[] =>
  spans
    .filter((span) => span.name === name)
    .flatMap(({ events }) => events)
    .filter((event) => event.name === 'mcpguard.decision' && event.attributes['mcpguard.guard'] !== 'all')
    .map(({ attributes }) => [
      attributes['mcpguard.guard'],
      attributes['mcpguard.stage'],
      attributes['mcpguard.action'],
      attributes['gen_ai.tool.name'],
    ]);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stages-'));
  receiver = await startOtlpReceiver();
});
after(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const [title, client] of Object.entries(CLIENTS)) {
  describe(`${title}, a server whose definitions change`, () => {
    const policyOf = (mode: 'observe' | 'enforce', given: Given = {}): Given => ({
      mode,
      content: { hidden_characters: 'strip' },
      tools_pin: { file: join(folder, `lock-${runs}.json`), on_new: 'allow' },
      ...given,
    });

    it('enforce: strips, drops the changed tool and denies its call', async () => {
      const made = await run(client, policyOf('enforce'));
      const { seen, arrived } = made;
      assert.deepEqual(seen.first, [
        ['echo', 'Says it again.'],
        ['poem', 'A poem.'],
        ['search', 'Finds.'],
      ]);
      assert.deepEqual(arrived, [
        ['echo', { message: 'ab' }],
        ['poem', {}],
      ]);
      assert.equal(seen.poem.content?.[0]?.text, 'Roses are red');
      assert.deepEqual(names(seen.second), ['echo', 'poem']);
      assert.deepEqual(seen.search.thrown, {
        name: 'McpGuardDeniedError',
        code: 'MCP_GUARD_DENIED',
        kind: 'access_denied',
        guard: 'tool_pin',
      });
      assert.deepEqual(decided(made), [
        'content definition modified hidden_characters poem',
        'content definition modified hidden_characters poem',
        'content request modified hidden_characters',
        'content result modified hidden_characters',
        'tool_pin definition blocked definition_changed search',
        'tool_pin request blocked definition_changed',
      ]);
      assert.deepEqual(eventsOf(made.spans, 'tools/list'), [
        ['content', 'definition', 'modified', 'poem'],
        ['content', 'definition', 'modified', 'poem'],
        ['tool_pin', 'definition', 'blocked', 'search'],
      ]);
    });

    it('observe: the agent and the server see what they see without a policy, and the decisions are there', async () => {
      const bare = await run(client, undefined);
      const made = await run(client, policyOf('observe'));
      assert.equal(made.stdout, bare.stdout);
      assert.deepEqual(made.arrived, bare.arrived);
      assert.deepEqual(decided(made), [
        'content definition observed hidden_characters poem',
        'content definition observed hidden_characters poem',
        'content request observed hidden_characters',
        // Of `echo` too, which says what it was told.
        'content result observed hidden_characters',
        'content result observed hidden_characters',
        'tool_pin definition observed definition_changed search',
        'tool_pin request observed definition_changed',
      ]);
    });

    it('a denied result is withheld, and keeps its time', async () => {
      const content: Given['content'] = { patterns: [{ id: 'roses', regex: '(?i)\\broses\\b' }] };
      const policy: Given = { mode: 'enforce', content: { ...content, in: ['results'] } };
      const thrown = await run(client, policy);
      assert.equal(thrown.seen.poem.thrown?.guard, 'content');
      assert.equal(thrown.seen.poem.thrown?.kind, 'input_rejected');
      assert.ok(names(thrown.arrived as [string, string][]).includes('poem'), 'it was called');
      const line = thrown.audit.find(({ tool_name: tool }) => tool === 'poem');
      assert.deepEqual(
        [line?.event, line?.outcome, line?.error_type, line?.success],
        ['mcp_input_rejected', 'denied', 'input_rejected', false],
      );
      assert.ok((line?.latency_ms ?? 0) > 0);
      const span = thrown.spans.find(({ name }) => name === 'tools/call poem');
      assert.equal(span?.attributes['error.type'], 'input_rejected');
      assert.equal(span?.attributes['mcpguard.outcome'], 'blocked');

      const asResult = await run(client, { ...policy, deny_as: 'result' });
      assert.equal(asResult.seen.poem.isError, true);
      assert.doesNotMatch(asResult.stdout, /Roses/);
    });

    it('a call whose result is denied has used up its budget', async () => {
      const { seen } = await run(client, {
        mode: 'enforce',
        content: { patterns: [{ id: 'all', regex: '.' }], in: ['results'] },
        limits: { budget: [{ id: 'two', per: ['server'], points: 2, window: '1d' }] },
      });
      const guards = [seen.echo, seen.poem, seen.search].map(({ thrown }) => thrown?.guard);
      assert.deepEqual(guards, ['content', 'content', 'budget']);
    });
  });
}

describe('server-everything', () => {
  const server = [process.execPath, EVERYTHING];
  const lock = (): string => join(folder, 'everything.json');
  const pinned = (mode: 'observe' | 'enforce'): Given => ({
    mode,
    tools_pin: { file: lock(), on_new: 'deny' },
  });

  it('has the same digests in every client', async () => {
    let learned: string | undefined;
    for (const client of Object.values(CLIENTS)) {
      rmSync(lock(), { force: true });
      const { seen } = await run(client, { tools_pin: { file: lock(), on_new: 'allow' } }, server);
      assert.ok(seen.first.length > 5);
      const written = readFileSync(lock(), 'utf8');
      learned ??= written;
      assert.equal(written, learned);
    }
    assert.doesNotMatch(learned ?? '', /server-everything\/dist/);
  });

  for (const [title, client] of Object.entries(CLIENTS)) {
    it(`${title}: unchanged, all of it may be used`, async () => {
      const { seen, audit } = await run(client, pinned('enforce'), server);
      assert.ok(names(seen.first).includes('echo'));
      assert.equal(seen.echo.content?.[0]?.text, `Echo: a${HIDDEN}b`);
      const line = audit.find(({ event }) => event === 'mcp_tool_call');
      assert.match(line?.tool_digest ?? '', /^sha256:[0-9a-f]{64}$/);
    });
  }

  for (const [title, client] of Object.entries(CLIENTS)) {
    it(`${title}: a pin that does not fit takes the tool away under enforce alone`, async () => {
      const intact = readFileSync(lock(), 'utf8');
      try {
        writeFileSync(lock(), intact.replace(/("echo": "sha256:).{8}/, '$100000000'));
        const enforced = await run(client, pinned('enforce'), server);
        const observed = await run(client, pinned('observe'), server);
        assert.ok(!names(enforced.seen.first).includes('echo'));
        assert.equal(enforced.seen.first.length, observed.seen.first.length - 1);
        assert.equal(observed.seen.echo.content?.[0]?.text, `Echo: a${HIDDEN}b`);
        assert.ok(decided(observed).includes('tool_pin request observed definition_changed'));
      } finally {
        writeFileSync(lock(), intact);
      }
    });
  }
});
