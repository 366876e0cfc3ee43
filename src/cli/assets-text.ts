/** `otel-mcp assets` for a person. */
import type { AssetsReport, AssetState } from './assets';
import { columns } from './help';
import type { Style } from './style';

/** What to type next, in the folder. */
const NEXT = [
  'docker compose up --detach   # all of it in containers, on 127.0.0.1; or one by one:',
  'otelcol-contrib --config collector-config/redaction.yaml --config collector-config/collector.yaml',
  'prometheus --config.file=collector-config/prometheus/prometheus.yaml --storage.tsdb.retention.time=1y',
] as const;

const SHOWN: Readonly<Record<AssetState, string>> = {
  written: '',
  overwritten: 'overwritten',
  unchanged: 'as it was',
};

/** @param out - as it was given, for the command to type next */
export function renderAssets({ files }: AssetsReport, out: string, style: Style): string {
  const written = files.filter(({ state }) => state !== 'unchanged').length;
  return [
    `${written} of ${files.length} files written to ${out}${written < files.length ? ', the others were there' : ''}`,
    '',
    ...columns(files.map(({ path, state }) => [path, style.dim(SHOWN[state])] as const)),
    '',
    style.bold('Next'),
    `  cd ${/^[\w./@+-]+$/.test(out) ? out : `'${out.replaceAll("'", String.raw`'\''`)}'`}`,
    ...NEXT.map((command) => `  ${command}`),
    '',
    'docs/dashboards.md: what panels show; docs/runbook.md: what alerts mean; docs/operations.md: how large it gets',
  ].join('\n');
}
