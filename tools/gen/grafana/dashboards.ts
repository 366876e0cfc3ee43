/** The dashboards, by file, in the order in which they are read. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { overview } from './overview';
import { runtime } from './runtime';
import { security } from './security';

export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'grafana/dashboards/mcp-overview.json': overview,
  'grafana/dashboards/mcp-security.json': security,
  'grafana/dashboards/mcp-runtime.json': runtime,
};
