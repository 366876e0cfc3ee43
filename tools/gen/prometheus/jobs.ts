/** Names of scrape jobs in `collector-config/prometheus/prometheus.yaml`, as regular expressions. */

/** All of them, and none of anybody else’s. */
export const OWN_JOBS = 'mcp-.+';
/** The Collector’s two pages. */
export const COLLECTOR_JOBS = 'mcp-collector.*';
