/**
 * One cell: an agent that uses everything, without us, with the preload on both sides, and with a policy beside it that
 * would deny everything if it did not only observe. And what may differ.
 */
import assert from 'node:assert/strict';

import type { OtlpReceiver } from '../../support/otlp-receiver';
import { observingPolicy } from './observing-policy';
import { PRELOAD, runAgent } from './programs';
import type { AgentRun, Cell } from './programs';
import { assertSameWire, isTraced, sorted } from '../../support/wire';

/** 1.4.1 has no streamable HTTP; the 2026-07-28 protocol knows no HTTP+SSE. */
export const CELLS: readonly Cell[] = [
  { sdk: '1.4.1', transport: 'stdio' },
  { sdk: '1.4.1', transport: 'memory' },
  { sdk: '1.4.1', transport: 'sse' },
  { sdk: '1.12.3', transport: 'stdio' },
  { sdk: '1.12.3', transport: 'memory' },
  { sdk: '1.12.3', transport: 'http' },
  { sdk: '1.12.3', transport: 'sse' },
  { sdk: '1.32.2', transport: 'stdio' },
  { sdk: '1.32.2', transport: 'memory' },
  { sdk: '1.32.2', transport: 'http' },
  { sdk: '1.32.2', transport: 'sse' },
  { sdk: '2.4.0', transport: 'stdio', era: 'legacy' },
  { sdk: '2.4.0', transport: 'memory', era: 'legacy' },
  { sdk: '2.4.0', transport: 'http', era: 'legacy' },
  { sdk: '2.4.0', transport: 'sse', era: 'legacy' },
  { sdk: '2.4.0', transport: 'stdio', era: 'auto' },
  { sdk: '2.4.0', transport: 'memory', era: 'auto' },
  { sdk: '2.4.0', transport: 'http', era: 'auto' },
];

export const title = ({ sdk, transport, era }: Cell): string => `SDK ${sdk} ${era ?? ''} over ${transport}`;

function assertSameAgent(bare: AgentRun, other: AgentRun): void {
  assert.equal(other.result.stdout, bare.result.stdout, 'what the agent saw');
  assert.equal(other.result.code, bare.result.code, 'exit code');
  assert.equal(other.stderr, bare.stderr, 'stderr, but for our own lines');
  assert.equal(other.starts, bare.starts, 'server starts');
  assert.deepEqual([...other.heads].toSorted(), [...bare.heads].toSorted(), 'HTTP methods and headers');
}

/** The trace id that the agent itself puts into one message. */
const OF_THE_AGENT = '0af7651916cd43dd8448eb211c80319c';

export async function checkCell(cell: Cell, receiver: OtlpReceiver): Promise<void> {
  const watching = observingPolicy();
  try {
    const env = { ...PRELOAD, ...receiver.env() };
    const [bare, traced, observed] = await Promise.all([
      runAgent(cell, {}),
      runAgent(cell, env),
      runAgent(cell, { ...env, ...watching.env }),
    ]);
    assert.equal(bare.result.code, 0, bare.result.stderr);
    assert(bare.in.length > 20 && bare.out.length > 20, `${bare.in.length} and ${bare.out.length} messages`);
    assert(!bare.in.some((line) => isTraced(line) && !line.includes(OF_THE_AGENT)));
    assertSameRun(cell, bare, traced);
    assertSameRun(cell, bare, observed);
    await watching.check();
  } finally {
    watching.remove();
  }
}

function assertSameRun({ transport }: Cell, bare: AgentRun, other: AgentRun): void {
  assertSameAgent(bare, other);
  const isOneConnection = transport === 'stdio' || transport === 'memory';
  const order = isOneConnection ? (lines: readonly string[]) => lines : sorted;
  assertSameWire(order(bare.in), order(other.in), 'to the server');
  assertSameWire(order(bare.out), order(other.out), 'from the server');
  const count = other.in.filter(isTraced).length;
  assert(count > 20, `trace context went to the server in ${count} messages: ${other.result.stderr}`);
  assert(other.out.some(isTraced), 'and came from it');
}
