/** What a rule owes to those that it refers to. */
import { createHash } from 'node:crypto';

import type { FieldName } from '../event';
import { CORRELATION_PATH } from './correlation';
import type { CorrelationRule, RuleDocument } from './rule-document';

const FINGERPRINT_DIGITS = 16;

/** @param references - what the rule refers to */
export function fingerprintOf(
  { reader, rule }: RuleDocument,
  references: readonly { readonly fingerprint: string }[],
): string {
  const written = ['detection', 'correlation', 'realert'].map((key) => reader.at([key]) ?? null);
  const text = JSON.stringify([rule, written, references.map(({ fingerprint }) => fingerprint)]);
  return createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_DIGITS);
}

/** Fields of a correlation's group in events of one of the rules that it refers to. */
export function fieldsOf(
  { correlation, reader }: CorrelationRule,
  rule: RuleDocument | undefined,
): readonly FieldName[] | undefined {
  if (rule === undefined) return undefined;
  const fields: FieldName[] = [];
  for (const name of correlation.groupBy) {
    const byRule = Object.hasOwn(correlation.aliases, name) ? correlation.aliases[name]! : undefined;
    if (byRule === undefined) {
      fields.push(name as FieldName);
      continue;
    }
    const known = rule.names.find((one) => Object.hasOwn(byRule, one));
    if (known === undefined) {
      return reader.report([...CORRELATION_PATH, 'aliases', name], {
        found: `no field of the rule \`${rule.rule}\``,
        remedy: `add \`${rule.rule}\` with its field`,
      });
    }
    fields.push(byRule[known]!);
  }
  return fields;
}
