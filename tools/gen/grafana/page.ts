/** `docs/dashboards.md`: how the dashboards get into Grafana, and what each panel shows. */
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

import { GENERATED, page, table } from '../markdown';
import { DASHBOARDS } from './dashboards';

const CAPTION =
  'Not Grafana: drawn with our own charts from what a real Prometheus answered to this dashboard’s queries, after some minutes of two real agents (`npm run preview`).';

const INTRODUCTION = `# Dashboards

Three dashboards for Grafana 10 or newer, over the metrics of [telemetry.md](telemetry.md): \`mcp-overview\`, \`mcp-security\` and \`mcp-runtime\`. \`npx otel-mcp assets --out monitoring\` copies them out of the package.

## Into Grafana

- **Provisioned**: \`grafana/provisioning/\` into Grafana’s provisioning folder, \`grafana/dashboards/\` to \`/var/lib/grafana/dashboards\` (or another path in \`provisioning/dashboards/mcp.yaml\`). The datasources’ addresses come from Grafana’s environment: \`MCP_PROMETHEUS_URL\`, \`MCP_JAEGER_URL\`, \`MCP_ALERTMANAGER_URL\`. \`docker-compose.yaml\` does it this way.
- **By hand**: Dashboards, New, Import, and the JSON file. The datasources are variables at the top: choose yours.

The dashboards read the agents’ own series and are the same whether agents are scraped or send to the Collector; of the shipped rules they read the alerts only. They are made by \`tools/gen/grafana/\`, from the same queries as the rules.

## At the top

| variable | what it chooses |
| --- | --- |
| Prometheus and Jaeger data source | where is asked, and where links to traces lead |
| Job | through the Collector \`service.name\` of the agents; scraped from the agents the scrape job’s name |
| Server, Agent | MCP servers by the policy’s alias, agents by their name |
| Traces of | the agent whose traces the links look for; the first of the chosen jobs |

Links in a panel’s corner, on a line and in the cells of tables open Grafana’s Explore with the matching search in Jaeger: calls that were blocked, that failed, that were slow, of this tool, of this user. The Collector keeps every one of those but the last two, of which it keeps a tenth.

A dashed purple line says that a policy came into force, a dashed red one that the monitor raised a finding. Charts of calls, decisions and events count what series are born with, which \`rate()\` leaves out: a user’s first call, the first denial of a process. Quantiles and the heatmap are made of rates.

## What was checked, and what not

Every query of every panel, variable and annotation is asked of Prometheus 2.42 and 3.15 in tests, after real agents worked under a policy, and so is what the rules ask; the files keep the rules of Grafana’s public linter and compile against the types of Grafana’s SDK. Grafana itself did not run: neither import nor how it draws them is tested. The pictures below are in the repository and not in the package.
`;

const isPanel = (panel: { type: string }): panel is Panel => panel.type !== 'row';

function section(file: string, { title, description, panels = [] }: Dashboard): string {
  const name = file.replace(/^.*mcp-(\w+)\.json$/, '$1');
  const rows = panels.filter(isPanel).map((panel) => [panel.title ?? '', panel.description ?? '']);
  return [
    `## ${title}`,
    `\`${file}\`. ${description}`,
    `![${title}](dashboards/${name}.png)`,
    `*${CAPTION}*`,
    table(['panel', 'what it shows'], rows),
  ].join('\n\n');
}

export const dashboardsPage = (): string =>
  page([
    GENERATED('tools/gen/grafana'),
    INTRODUCTION.trim(),
    ...Object.entries(DASHBOARDS).map(([file, make]) => section(file, make())),
  ]);
