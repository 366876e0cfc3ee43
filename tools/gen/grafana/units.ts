/** The units that panels use, by what they mean; the SDK's names for Grafana's ids. */
import {
  BytesIEC,
  BytesPerSecondIEC,
  CountsPerSecond,
  Number as plainNumber,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

export const UNITS = {
  /** 4.61 K. Never with `decimals`: they are those of the thousands, and 0 of them make 5 K of 4,610. */
  count: Short,
  /** Every digit: numbers of lines. */
  exact: plainNumber,
  callsPerSecond: RequestsPerSecond,
  perSecond: CountsPerSecond,
  /** 0 to 1, shown as per cent. */
  ratio: PercentUnit,
  seconds: Seconds,
  bytes: BytesIEC,
  bytesPerSecond: BytesPerSecondIEC,
} as const;
