/** Bounds the distinct values of every label, so that no peer and no user can grow a time series database. */
import { OTHER } from '../core/counts';

/** Distinct values per process and label. */
export const CAPS = { tool_name: 500, user_id: 200, server_id: 50, agent_name: 50, error_type: 50 } as const;

export type CappedLabel = keyof typeof CAPS;

export const OTHER_LABEL = OTHER;
/** What the semantic conventions call a value outside a known set. */
export const OTHER_ATTRIBUTE = '_OTHER';
export const UNKNOWN = 'unknown';

const MAX_LENGTH = 256;

export class LabelValues {
  private readonly seen: Readonly<Record<CappedLabel, Set<string>>> = {
    tool_name: new Set(),
    user_id: new Set(),
    server_id: new Set(),
    agent_name: new Set(),
    error_type: new Set(),
  };

  /** @param overflowed - told of every value that is replaced */
  constructor(private readonly overflowed: (label: CappedLabel) => void) {}

  /** `value` as label value: `unknown` when absent, `__other__` past the label's cap. */
  bound(label: CappedLabel, value: string | undefined): string {
    if (value === undefined || value === '') return UNKNOWN;
    const seen = this.seen[label];
    if (seen.has(value)) return value;
    const clean = value.slice(0, MAX_LENGTH).toWellFormed();
    if (seen.has(clean)) return clean;
    if (seen.size >= CAPS[label]) {
      this.overflowed(label);
      return OTHER_LABEL;
    }
    seen.add(clean);
    return clean;
  }
}
