/** Cases for the shipped rules as plain data: `promtool.ts` makes promtool's test files of them. */

/** An alert that fires. */
export interface Firing {
  readonly alert: string;
  readonly severity: string;
  /** Its other labels, but those that every alert has. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the notification says; compared where it is given. */
  readonly texts?: { readonly summary: string; readonly description: string };
}

export const firing = (
  alert: string,
  severity: string,
  labels: Firing['labels'] = {},
  texts?: Firing['texts'],
): Firing => ({ alert, severity, labels, ...(texts && { texts }) });

/** What an expression gives: value by labels. */
export interface Values {
  readonly at: string;
  readonly expression: string;
  readonly samples: Readonly<Record<string, number>>;
}

export interface Case {
  readonly title: string;
  /** How often the rules are evaluated: long cases have time, but a sample lives for less than five minutes. Default `1m`. */
  readonly every?: '1m' | '2m' | '4m';
  /** Whether the rules that an operator has to switch on are loaded too. Default: no. */
  readonly optional?: true;
  /** Values in promtool's notation, one a minute, by series. */
  readonly series: Readonly<Record<string, string>>;
  /** By time: every shipped alert that fires then. */
  readonly fires: Readonly<Record<string, readonly Firing[]>>;
  /** Alerts that the case is close to, and that stay silent in it. `Name` or `Name/severity`. */
  readonly silent?: readonly string[];
  /** By time: which of the guide's own rules fire then. Default: none, at any time of `fires`. */
  readonly guide?: Readonly<Record<string, readonly string[]>>;
  readonly values?: readonly Values[];
}

/** `{job="a",tool="x"}` */
export const labelled = (labels: Readonly<Record<string, string>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;

/** A counter or gauge with its labels; job `a` unless it says another. */
export const series = (name: string, labels: Readonly<Record<string, string>> = {}): string =>
  name + labelled({ job: 'a', instance: 'i', ...labels });
