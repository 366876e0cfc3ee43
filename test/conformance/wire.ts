/** The wire recordings of the harm tests, in every cell: SDK versions, transports and eras. */
import { startOtlpReceiver } from '../support/otlp-receiver';
import { removeCopies } from '../harm/support/programs';
import { CELLS, checkCell, title } from '../harm/support/wire-cell';

/** @returns how many cells failed */
export async function checkWire(print: (text: string) => unknown): Promise<number> {
  const receiver = await startOtlpReceiver();
  let failed = 0;
  for (const cell of CELLS) {
    let problem = '';
    try {
      // oxlint-disable-next-line no-await-in-loop -- a cell is four processes already
      await checkCell(cell, receiver);
    } catch (error) {
      failed += 1;
      problem = `\n${String(error)}`;
    }
    print(`${title(cell).padEnd(30)} ${problem === '' ? 'the same' : 'DIFFERENT'}${problem}`);
  }
  removeCopies();
  await receiver.close();
  print(
    `${CELLS.length} wire recordings: ${CELLS.length - failed} the same but for trace context, ${failed} different`,
  );
  return failed;
}
