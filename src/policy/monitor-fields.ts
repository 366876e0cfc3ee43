/** What is watched while the agent runs, and what its tools and resources are classified as. */
import { z } from 'zod';

import { count, duration, globsOverAnything, name, ownPath, text } from './values';

/** Rules that come with the package: the three of the runtime guide, and one over two servers. */
export const BUILT_IN_RULES = [
  'brute_force',
  'privilege_escalation',
  'unusual_data_access',
  'sensitive_flow',
] as const;

export type BuiltInRule = (typeof BUILT_IN_RULES)[number];

/** Detectors of what is unusual; each is the `rule` of its findings. */
export const DETECTORS = [
  'call_rate',
  'error_ratio',
  'latency',
  'result_size',
  'new_tool_for_user',
  'new_server',
  'changed_tool',
  'unusual_hour',
] as const;

export type DetectorName = (typeof DETECTORS)[number];

const RULE_ENTRY = new RegExp(`^(?:${BUILT_IN_RULES.join('|')}|.*\\.ya?ml)$`);

const ruleEntry = text(
  RULE_ENTRY,
  `one of ${BUILT_IN_RULES.join(', ')}, or the path of a .yaml file with rules`,
  'a name, or a file',
);

const anomaly = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether what is unusual is a finding.'),
  detectors: z
    .array(z.enum(DETECTORS))
    .min(1)
    .default([...DETECTORS])
    .describe('The detectors that look.'),
  realert: duration('1m', '30d')
    .default('1h')
    .describe('How long one detector is silent about one key after a finding.'),
});

export const monitor = z.strictObject({
  rules: z
    .array(ruleEntry)
    .default([...BUILT_IN_RULES])
    .describe(
      'Rules over windows of time: names of those that come with the package, and files with Sigma rules and correlations, relative to the folder of the policy.',
    ),
  anomaly: anomaly.prefault({}).describe('What is unusual for a tool or a user.'),
  keys_max: count
    .max(100_000)
    .default(10_000)
    .describe(
      'Pairs of server and tool, users, and pairs of user and tool, of each so many at most, whose usage and usual behaviour are remembered; past it the one unused for longest is forgotten, and that is counted.',
    )
    .meta({ 'x-unit': 'keys' }),
  max_age: duration('1h', '366d').default('30d').describe('What was not used for so long is forgotten.'),
  state_file: ownPath
    .optional()
    .describe(
      'File that keeps what was learned over a restart, with names of users and tools; used by one process at a time.',
    ),
});

/** Tags of tools and resources; rules know `sensitive`, `admin` and `egress`. */
export const classification = z.record(name, globsOverAnything);
