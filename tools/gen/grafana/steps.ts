/** Where values turn yellow and red: the guide's thresholds, as the alerts have them. */
import { THRESHOLDS } from '../prometheus/thresholds';
import type { Steps } from './panels';

/** Share of calls that failed. */
export const ERROR_RATIO: Steps = [
  [null, 'green'],
  [0.05, 'yellow'],
  [0.1, 'red'],
];

/** Share of calls that were denied: below 1 % in the guide. */
export const DENIAL_RATIO: Steps = [
  [null, 'green'],
  [0.01, 'orange'],
];

/** Seconds: below 1 s for most tools in the guide, critical from 5 s in the runtime guide. */
export const DURATION: Steps = [
  [null, 'green'],
  [1, 'yellow'],
  [5, 'red'],
];

/** Share of calls that found a server; below 95 % the guide's error budget is gone. */
export const AVAILABILITY: Steps = [
  [null, 'red'],
  [0.95, 'yellow'],
  [0.99, 'green'],
];

const fullness = ({ medium, critical }: { readonly medium: number; readonly critical: number }): Steps => [
  [null, 'green'],
  [medium, 'yellow'],
  [critical, 'red'],
];

/** Of a host, as the alerts have them. */
export const HOST_CPU = fullness(THRESHOLDS.hostCpu);
export const HOST_MEMORY = fullness(THRESHOLDS.hostMemory);
export const HOST_DISK = fullness(THRESHOLDS.hostDisk);

/** A count that should be 0. */
export const noneOf = (colour: string): Steps => [
  [null, 'green'],
  [1, colour],
];

/** A count that says nothing by itself. */
export const PLAIN: Steps = [[null, 'text']];

/** A count of a table: grey at 0, coloured from 1 on. */
export const positive = (colour: string): Steps => [
  [null, 'text'],
  [0.5, colour],
];
