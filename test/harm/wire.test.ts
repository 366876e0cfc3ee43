/**
 * The wire with and without us: every message is the same but for trace context, in the same order, and the agent sees
 * the same results and errors. Here a few cells; `npm run test:conformance` runs them all.
 */
import { after, before, describe, it } from 'node:test';

import { startOtlpReceiver } from '../support/otlp-receiver';
import type { OtlpReceiver } from '../support/otlp-receiver';
import { removeCopies } from './support/programs';
import type { Cell } from './support/programs';
import { checkCell, title } from './support/wire-cell';

const CELLS: readonly Cell[] = [
  { sdk: '1.4.1', transport: 'stdio' },
  { sdk: '1.32.2', transport: 'http' },
  { sdk: '2.4.0', transport: 'stdio', era: 'auto' },
];

describe('the wire, with and without us', () => {
  let receiver: OtlpReceiver;
  before(async () => {
    receiver = await startOtlpReceiver();
  });
  after(async () => {
    removeCopies();
    await receiver.close();
  });

  for (const cell of CELLS) it(title(cell), () => checkCell(cell, receiver));
});
