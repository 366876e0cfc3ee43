/** The ports that the agent listens on for scrapers and probes. */
import { saidLines, type Evidence, type Port } from './evidence';
import { findingsOf, type Finding, type Findings } from './finding';

const { ok, problem } = findingsOf('telemetry');

const NOT_SERVED = /^(?:metrics|health and metrics) are not served on (\S+): (.+); set (\w+)$/;

export function* checkPorts(evidence: Evidence): Findings {
  const { takenPorts, agent } = evidence;
  const told = new Set<Port['variable']>();
  for (const line of saidLines(evidence, NOT_SERVED)) {
    const [, address = '', why = '', variable = ''] = NOT_SERVED.exec(line) ?? [];
    told.add(variable as Port['variable']);
    const wasFree = evidence.run !== undefined && !takenPorts.some((taken) => taken.variable === variable);
    yield portTaken(variable, address, wasFree && why === 'the port is taken' ? TWICE : why);
  }
  for (const { variable, address } of evidence.ports) {
    if (told.has(variable)) continue;
    const isOthers = variable === 'OTEL_EXPORTER_PROMETHEUS_PORT' && agent?.provider === 'agent';
    if (isOthers) continue;
    const isTaken = takenPorts.some((taken) => taken.variable === variable && taken.address === address);
    if (isTaken) yield portTaken(variable, address, 'the port is taken');
    else yield ok('port', `${SERVED[variable]} at http://${address}`);
  }
}

const TWICE = 'the port is taken by another process of this run';
const SERVED: Readonly<Record<Port['variable'], string>> = {
  OTEL_EXPORTER_PROMETHEUS_PORT: 'metrics: page for Prometheus',
  OTEL_MCP_HTTP: 'health and metrics',
};

function portTaken(variable: string, address: string, why: string): Finding {
  const port = address.split(':').at(-1) ?? '';
  const what = variable === 'OTEL_MCP_HTTP' ? 'health and metrics' : 'metrics';
  const other = Number(port) + 1;
  return problem(
    'port-taken',
    `${what} are not served on ${address}: ${why}`,
    `the agent runs on, and nobody can ask it for its ${what}`,
    why === TWICE
      ? `give each process a port of its own: a server that inherits the agent’s environment needs another ${variable}`
      : `see who listens there: lsof -i :${port}`,
    `take another port: export ${variable}=${other}`,
  );
}
