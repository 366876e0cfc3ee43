import type * as Keys from '../../audit/keys';
import type { Command } from '../command';
import { CommandError } from '../command';
import { flag, json } from '../values';
import { KEY_FILE } from './audit-inputs';
import type * as Key from './audit-key';

export const auditHash: Command = {
  summary: 'compute the params_hash of arguments, to look a call up in the log',
  description:
    'The hash is keyed: it needs the key under which the log was written. A log without a key has hashes that nobody can\n' +
    'compute again.',
  options: {
    params: {
      type: 'string',
      value: 'JSON',
      required: true,
      description:
        'arguments of the tool; of another method its parameters without _meta; @FILE reads a file',
    },
    'key-file': KEY_FILE,
    json: { type: 'boolean', description: 'print JSON, with the id of the key and the size' },
  },
  examples: [
    {
      line: `grep "$(otel-mcp audit hash --key-file audit.key --params '{"path":"/etc/passwd"}')" audit/*.jsonl`,
      what: 'every call with these arguments',
    },
  ],
  exitCodes: { 1: 'there is no key, or it cannot be read' },
  run({ values }) {
    const { keyOf } = require('./audit-key') as typeof Key;
    const { auditKeys, hashParams } = require('../../audit/keys') as typeof Keys;
    const secret = keyOf(values);
    if (secret === undefined) {
      throw new CommandError('no key: name it with --key-file or MCP_AUDIT_KEY_FILE');
    }
    const keys = auditKeys(secret);
    const { hash, bytes, isTruncated } = hashParams(json(values, 'params'), keys);
    if (!flag(values, 'json')) return hash;
    return JSON.stringify(
      { params_hash: hash, kid: keys.kid, req_bytes: bytes, truncated: isTruncated },
      null,
      2,
    );
  },
};
