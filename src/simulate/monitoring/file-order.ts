/** In which order the files of a log are read. */
import { basename } from 'node:path';

import { parseFileName } from '../../audit/file-name';

/**
 * The files of one writer after each other, so that one monitor is in use at a time; a file that many wrote to stands for
 * itself.
 *
 * @param files - of a writer in the order in which they were written
 */
export function byWriter(files: readonly string[]): readonly string[] {
  const writers = new Map<string, string[]>();
  for (const file of files) {
    const writer = parseFileName(basename(file))?.writer ?? file;
    const others = writers.get(writer);
    if (others === undefined) writers.set(writer, [file]);
    else others.push(file);
  }
  return [...writers.values()].flat();
}
