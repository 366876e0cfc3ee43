/** Rules without their waiting times: what stays silent does so by its expression. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '../../../support/installs';

/** @param file - of the repository */
export function rulesAtOnce(file: string): string {
  return readFileSync(join(REPOSITORY, file), 'utf8')
    .replaceAll(/^( +for:) .*$/gm, '$1 1s')
    .replaceAll(/^( +interval:) .*$/gm, '$1 1s');
}
