/** How bad is what a detector raises. */
import type { Severity } from '../../core/severity';
import type { DetectorName } from '../../policy/monitor-fields';

/**
 * Nothing here is proven, so nothing is above `medium`: that a person looks at it the same day. What hurts or may be an attack is
 * `medium`; what has mostly harmless reasons, and is worth knowing when something else is found too, is `low`.
 */
export const SEVERITY: Readonly<Record<DetectorName, Severity>> = {
  /** A loop, a stolen token, or a tool that nobody reaches any more. */
  call_rate: 'medium',
  /** Users notice it too; `HighErrorRate` says it when it is bad. */
  error_ratio: 'medium',
  /** Slow is not broken; the alerts on quantiles have their own levels. */
  latency: 'low',
  /** Data that leaves. */
  result_size: 'medium',
  /** People learn; a rule is the means where they must not. */
  new_tool_for_user: 'low',
  /** Somebody has configured it; whether that was right, one has to look. */
  new_server: 'medium',
  /** What the model is told the tool does is not what was reviewed. */
  changed_tool: 'medium',
  /** People work late. */
  unusual_hour: 'low',
};
