/** At what the report speaks up. */
import { z } from 'zod';

import type { Threshold, ThresholdName } from './thresholds';
import { THRESHOLDS } from './thresholds';

function field({ standard, unit, most = Number.MAX_SAFE_INTEGER, meaning }: Threshold) {
  return z.number().min(0).max(most).default(standard).describe(meaning).meta({ 'x-unit': unit });
}

const fields = Object.fromEntries(
  Object.entries(THRESHOLDS).map(([name, threshold]) => [name, field(threshold)]),
) as Record<ThresholdName, ReturnType<typeof field>>;

export const report = z.strictObject({
  thresholds: z
    .strictObject(fields)
    .optional()
    .describe('When `otel-mcp report` raises an alert, and what its objectives are.'),
});
