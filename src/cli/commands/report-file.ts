import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/**
 * Writes a file so that whoever reads it sees the old content or the new one, never a part. What a link points to is
 * replaced, not the link; a device or a pipe is written to.
 *
 * @throws when it cannot be written
 */
export function replaceFile(path: string, content: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) {
    writeFileSync(path, content);
    return;
  }
  const target = stat === undefined ? path : realpathSync(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeSynced(temporary, content, stat?.mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Error(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function writeSynced(path: string, content: string, mode = 0o666): void {
  const fd = openSync(path, 'wx', mode & 0o777);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
