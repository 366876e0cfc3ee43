/** The published JSON Schema of audit records, and a validator that is not the one it was made with. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/client/validators/cf-worker';

import { REPOSITORY } from '../../support/installs';

const schema = JSON.parse(readFileSync(join(REPOSITORY, 'audit.schema.json'), 'utf8')) as never;
const validate = new CfWorkerJsonSchemaValidator().getValidator(schema);

/** @throws when the record is not what the schema says */
export function validateRecord(record: unknown): void {
  const { valid, errorMessage } = validate(record);
  assert.equal(valid, true, `${errorMessage}: ${JSON.stringify(record)}`);
}
