/** `otel-mcp assets` for a person. */
import type { AssetsReport, AssetState } from './assets-copy';
import type { Style } from '../style';
import { columns } from '../table';

/** What to type next, in the folder; as in the README. */
const NEXT = [
  'docker compose up --detach   # all of it in containers, on 127.0.0.1; or one by one:',
  'cd collector-config',
  'jaeger --config jaeger/jaeger.yaml',
  'otelcol-contrib --config redaction.yaml --config collector.yaml',
  'alertmanager --config.file=alertmanager/alertmanager.yaml --storage.path=data/alertmanager \\',
  '  --data.retention=720h --cluster.listen-address= --web.listen-address=127.0.0.1:9093',
  'prometheus --config.file=prometheus/prometheus.yaml --storage.tsdb.path=data/prometheus \\',
  '  --storage.tsdb.retention.time=1y --enable-feature=exemplar-storage --web.listen-address=127.0.0.1:9090',
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
