/** What the probe tells `doctor` of a process, as JSON in a file of its own. */
import type { Role, TransportKind } from '../../core/call';
import type { SdkOrigin } from '../../loader/install';
import type { DeliveryState } from '../../telemetry/own-sdk/delivery';

/** Folder that the probes of a run write to. */
export const FOLDER_VARIABLE = 'OTEL_MCP_DOCTOR_FOLDER';
/** Set while no process above has the preload: the file that the probe then preloads. */
export const ADD_VARIABLE = 'OTEL_MCP_DOCTOR_ADD';

/** Where our preload stands; `argument`: behind the script, where it is a word for the agent. */
export type PreloadPlace = 'flag' | 'NODE_OPTIONS' | 'argument';

export interface SeenSession {
  readonly role: Role;
  readonly transport: TransportKind;
  readonly serverId: string;
  /** Name of the program that was started, without its arguments; stdio clients only. */
  readonly command: string | undefined;
  /** Requests that are over, apart from the handshake. */
  calls: number;
  errors: number;
  denied: number;
  /** Whether the other side ever answered. */
  isConnected: boolean;
  /** Of the handshake that failed. */
  failure: string | undefined;
}

/** A provider that the agent, or a framework of it, has registered. */
export interface SeenProvider {
  readonly name: string;
  /** What takes its spans or metrics, exporters in brackets; `undefined` where that cannot be seen. */
  readonly outputs: readonly string[] | undefined;
  /** Where OTLP exporters over HTTP send, without what may be secret. */
  readonly urls: readonly string[];
}

/** The runtime monitor of a policy. */
export interface SeenMonitor {
  readonly findings: number;
  /** Events that it has not looked at, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Absent where the policy names no file for what it learns. */
  readonly isStateKept: boolean | undefined;
}

export interface SeenPolicy {
  readonly id: string | undefined;
  readonly digest: string | undefined;
  readonly mode: string | undefined;
  readonly isGuarded: boolean;
  /** Absent where nothing is audited. */
  readonly isAuditWritable: boolean | undefined;
  /** Absent where nothing is watched. */
  readonly monitor: SeenMonitor | undefined;
}

export interface Snapshot {
  readonly pid: number;
  readonly ppid: number;
  readonly thread: number;
  readonly runtime: 'node' | 'bun' | 'deno';
  readonly version: string;
  readonly cwd: string;
  readonly script: string | undefined;
  /** As the command was given. */
  readonly preload: PreloadPlace | undefined;
  /** The probe has put it in. */
  readonly isAdded: boolean;
  /** Our module hooks are in place. */
  readonly isHooked: boolean;
  /** The agent's code creates `McpInstrumentation`, calls `instrument()`, or loads the preload itself. */
  readonly isInCode: boolean;
  /** Folders of the copies of this package that are loaded. */
  readonly copies: readonly string[];
  readonly isInUse: boolean;
  readonly sdkFiles: readonly SdkOrigin[];
  /** Packages of which something was loaded by `require`; only while no MCP SDK was met. */
  readonly packages: readonly string[];
  readonly policy: SeenPolicy | undefined;
  /** Absent before the first MCP use. */
  readonly provider: 'agent' | 'own' | 'none' | undefined;
  readonly deliveries: readonly DeliveryState[];
  readonly sessions: readonly SeenSession[];
  readonly api: string | undefined;
  readonly traces: SeenProvider | undefined;
  readonly metrics: SeenProvider | undefined;
  /** Variables that decide what happens here. Secret: read and removed, never printed. */
  readonly environment: Readonly<Record<string, string>>;
  readonly exitCode: number | undefined;
}
