/** What is generated for Grafana, by file. */
import { DASHBOARDS } from './dashboards';
import { dashboardFile } from './layout';
import { dashboardsPage } from './page';
import { datasourcesFile } from './provisioning';

export const dashboardFiles: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    Object.entries(DASHBOARDS).map(([file, make]) => [file, () => dashboardFile(make())]),
  ),
  'docs/dashboards.md': dashboardsPage,
  'grafana/provisioning/datasources/mcp.yaml': datasourcesFile,
};
