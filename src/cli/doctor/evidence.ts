/** Everything that is known when findings are made. */
import type { EnvironmentReport } from '../commands/env-report';
import type { Environment } from '../../telemetry/own-sdk/configuration';
import type { CommandLine } from './command-line';
import type { EndpointState } from './endpoints';
import type { FoundPackage } from './preload-words';
import type { AgentRun } from './run-agent';
import type { Snapshot } from './snapshot';

/** A copy of an MCP SDK whose classes came to us. */
export interface SdkCopy {
  /** The package whose files they are: for a bundle, the agent's own. */
  readonly owner: FoundPackage | undefined;
  readonly via: 'file' | 'bundle';
  readonly files: readonly string[];
}

export interface Port {
  readonly variable: 'OTEL_EXPORTER_PROMETHEUS_PORT' | 'OTEL_MCP_HTTP';
  /** As it is shown. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

export interface Evidence {
  /** Absent when only the environment is looked at. */
  readonly command: CommandLine | undefined;
  /** Absent when the command was not run. */
  readonly run: AgentRun | undefined;
  /** The process of the run that is the agent. */
  readonly agent: Snapshot | undefined;
  /** Its copies of MCP SDKs. */
  readonly copies: readonly SdkCopy[];
  /** The agent's, where it was seen; else ours. Secret. */
  readonly environment: Environment;
  /** Working directory of the agent. */
  readonly cwd: string;
  readonly exports: EnvironmentReport;
  /** What `exports` had to warn of. */
  readonly warnings: readonly string[];
  readonly endpoints: readonly EndpointState[];
  /** Ports that were taken before the run. */
  readonly takenPorts: readonly Port[];
  /** Ports that the agent is to listen on. */
  readonly ports: readonly Port[];
  readonly seconds: number;
}

/** What our package has said that matches, in the agent or about its environment. */
export function saidLines({ run, warnings }: Evidence, pattern: RegExp): readonly string[] {
  return [...new Set([...(run?.said ?? []), ...warnings])].filter((line) => pattern.test(line));
}
