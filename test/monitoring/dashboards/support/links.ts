/** Links of dashboards to traces. */
import type { DashboardJson } from '../../../../tools/preview/dashboard-queries';

/** Every link of a dashboard, of panels, series and cells, that begins with `path`. */
export function linksOf(dashboard: DashboardJson, path: '/explore?' | '/d/' | ''): string[] {
  const found: string[] = [];
  JSON.stringify(dashboard, (key, value: unknown) => {
    if (key === 'url' && typeof value === 'string' && value.startsWith(path)) found.push(value);
    return value;
  });
  return found;
}

export interface Search {
  readonly datasource: { readonly uid: string; readonly type: string };
  readonly queryType: string;
  readonly service: string;
  readonly tags: string;
  readonly minDuration?: string;
}

interface Pane {
  readonly datasource: string;
  readonly queries: readonly Search[];
  readonly range: { readonly from: string; readonly to: string };
}

/** What Explore is asked for, variables and all. */
export function searchOf(link: string): Search {
  const url = new URL(link.replaceAll('${', '%24%7B').replaceAll('}', '%7D'), 'http://grafana.example');
  if (url.pathname !== '/explore') throw new Error(link);
  const panes = JSON.parse(url.searchParams.get('panes') ?? '') as Record<string, Pane>;
  const [query] = panes['mcp']?.queries ?? [];
  if (query === undefined) throw new Error(`no query: ${link}`);
  return query;
}

export const tagsOf = ({ tags }: Search): Record<string, string> =>
  Object.fromEntries(
    [...tags.matchAll(/([\w.]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
