/** Preload: names the OpenTelemetry packages that were loaded, on stderr, when the process ends. */
'use strict';

process.on('exit', () => {
  const names = Object.keys(require.cache).map(
    (file) => /.*node_modules[\\/](@opentelemetry[\\/][^\\/]+)/.exec(file)?.[1],
  );
  const loaded = [...new Set(names.filter(Boolean))].toSorted();
  process.stderr.write(`loaded: ${loaded.join(' ')}\n`);
});
