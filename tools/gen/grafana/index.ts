/** The dashboards and the datasources that they want, by file. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { dashboardFile } from './layout';
import { datasourcesFile } from './provisioning';
import { overview } from './overview';
import { runtime } from './runtime';
import { security } from './security';

const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'grafana/dashboards/mcp-overview.json': overview,
  'grafana/dashboards/mcp-runtime.json': runtime,
  'grafana/dashboards/mcp-security.json': security,
};

export const dashboardFiles: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    Object.entries(DASHBOARDS).map(([file, make]) => [file, () => dashboardFile(make())]),
  ),
  'grafana/provisioning/datasources/mcp.yaml': datasourcesFile,
};
