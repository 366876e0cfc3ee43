/** The flags of the programs that are configured by flags: the same here and in `docker-compose.yaml`, but for the places. */

export interface Places {
  /** The configuration file. */
  readonly config: string;
  /** The folder of what it stores. */
  readonly data: string;
  /** Address and port. */
  readonly listen: string;
}

/** Samples are kept a year. An exemplar leads from a latency to a trace. Only 3.x receives OTLP without a feature flag. */
export function prometheusFlags({ config, data, listen }: Places, isVersion3: boolean): string[] {
  return [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=1y',
    '--enable-feature=exemplar-storage',
    ...(isVersion3 ? ['--web.enable-otlp-receiver'] : []),
    `--web.listen-address=${listen}`,
  ];
}

/** Silences and notifications are kept 30 days. One instance has no cluster to listen for. */
export function alertmanagerFlags({ config, data, listen }: Places): string[] {
  return [
    `--config.file=${config}`,
    `--storage.path=${data}`,
    '--data.retention=720h',
    '--cluster.listen-address=',
    `--web.listen-address=${listen}`,
  ];
}
