/**
 * Charts as inline SVG. The plot stretches with the page while its lines and all text keep their size: axes are SVGs of
 * their own, placed by percentages, so that the page needs neither scripts nor style attributes.
 */
import { escaped } from './html-text';

export interface Slot {
  /** What a pointer that rests on it is told. */
  readonly title: string;
  /** One value of each series; `null`: none, the line has a gap. */
  readonly values: readonly (number | null)[];
}

export interface ChartSeries {
  readonly name: string;
  /** Style class, of which the colour is. */
  readonly style: string;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What there is to see, in a sentence: shown above, and read out in place of the picture. */
  readonly summary: string;
  readonly kind: 'bars' | 'lines';
  readonly series: readonly ChartSeries[];
  readonly slots: readonly Slot[];
  /** Times along the axis, from the first to the last. */
  readonly times: readonly string[];
  readonly format: (value: number) => string;
  /** A value that is marked by a line across. */
  readonly limit?: { readonly value: number; readonly name: string };
  /** Values from a hundredth of the largest on are told apart. */
  readonly isLogarithmic?: boolean;
  readonly emptyText: string;
}

const WIDTH = 1_000;
const HEIGHT = 200;
/** Part of a slot that its bar fills. */
const BAR = 0.84;
/** Few bars stay bars. */
const WIDEST_BAR = 60;

interface Scale {
  readonly ticks: readonly number[];
  /** From the top, 0 to `HEIGHT`. */
  y(value: number): number;
}

export function chartHtml(chart: Chart): string {
  const { id, title, summary, series, slots, emptyText, limit } = chart;
  const isEmpty = slots.every(({ values }) => values.every((value) => (value ?? 0) === 0));
  const head = `<h3 id="${id}">${escaped(title)}</h3>\n<p class="what">${escaped(summary)}</p>`;
  const body = isEmpty ? `<p class="empty">${escaped(emptyText)}</p>` : plotHtml(chart);
  const legend = isEmpty || (series.length < 2 && limit === undefined) ? '' : legendHtml(chart);
  return `<figure class="card chart" aria-labelledby="${id}">\n${head}\n${legend}${body}\n</figure>`;
}

function plotHtml(chart: Chart): string {
  const { title, summary, kind, slots, limit, times, format } = chart;
  const scale = scaleOf(chart);
  const step = WIDTH / slots.length;
  const grid = scale.ticks.map((tick) => `<path class="grid" d="M0 ${at(scale.y(tick))}H${WIDTH}"/>`);
  const marks = kind === 'bars' ? bars(chart, scale, step) : lines(chart, scale, step);
  const across =
    limit === undefined ? '' : `<path class="limit" d="M0 ${at(scale.y(limit.value))}H${WIDTH}"/>`;
  const hover = slots.map(
    (slot, index) =>
      `<rect class="hover" x="${at(index * step)}" width="${at(step)}" height="${HEIGHT}"><title>${escaped(slot.title)}</title></rect>`,
  );
  const labels = scale.ticks.map(
    (tick) => `<text x="100%" y="${at((100 * scale.y(tick)) / HEIGHT)}%">${escaped(format(tick))}</text>`,
  );
  return [
    '<div class="frame">',
    `<svg class="y" aria-hidden="true">${labels.join('')}</svg>`,
    `<svg class="plot" role="img" aria-label="${escaped(`${title}: ${summary}`)}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">`,
    ...grid,
    ...marks,
    across,
    ...hover,
    '</svg>',
    `<svg class="x" aria-hidden="true">${timeLabels(times)}</svg>`,
    '</div>',
  ].join('\n');
}

function legendHtml({ series, kind, limit }: Chart): string {
  const entries = series.map(({ name, style }) => {
    const mark = kind === 'bars' ? '<rect width="100%" height="100%"/>' : '<path d="M0 5H22"/>';
    return `<li><svg class="key ${kind === 'bars' ? 'box' : 'stroke'} ${style}" aria-hidden="true">${mark}</svg>${escaped(name)}</li>`;
  });
  if (limit !== undefined) {
    entries.push(
      `<li><svg class="key stroke" aria-hidden="true"><path class="limit" d="M0 5H22"/></svg>${escaped(limit.name)}</li>`,
    );
  }
  return `<ul class="legend">${entries.join('')}</ul>\n`;
}

/** Stacked, the first series at the bottom. */
function bars({ series, slots }: Chart, scale: Scale, step: number): string[] {
  const width = Math.min(step * BAR, WIDEST_BAR);
  return series.map(({ style }, index) => {
    const rectangles = slots.map(({ values }, slot) => {
      const below = sum(values.slice(0, index));
      const top = scale.y(below + (values[index] ?? 0));
      const height = scale.y(below) - top;
      const left = slot * step + (step - width) / 2;
      return height <= 0 ? '' : `M${at(left)} ${at(top)}h${at(width)}v${at(height)}h${at(-width)}z`;
    });
    return `<path class="bar ${style}" d="${rectangles.join('')}"/>`;
  });
}

/** One path for each series; where a slot has no value the line has a gap. */
function lines({ series, slots }: Chart, scale: Scale, step: number): string[] {
  return series.map(({ style }, index) => {
    let path = '';
    let isDrawn = false;
    slots.forEach(({ values }, slot) => {
      const value = values[index] ?? null;
      const x = (slot + 0.5) * step;
      if (value !== null && isDrawn) path += `L${at(x)} ${at(scale.y(value))}`;
      // A point between two gaps would not be seen.
      else if (value !== null) path += `M${at(x - step / 3)} ${at(scale.y(value))}H${at(x)}`;
      isDrawn = value !== null;
    });
    return `<path class="line ${style}" d="${path}"/>`;
  });
}

function scaleOf({ slots, kind, limit, isLogarithmic }: Chart): Scale {
  const values = slots.flatMap((slot) =>
    kind === 'bars' ? [sum(slot.values)] : slot.values.filter((value) => value !== null),
  );
  const largest = values.reduce((most, value) => Math.max(most, value), limit?.value ?? 0);
  return isLogarithmic === true ? logarithmic(values, largest) : linear(largest, kind === 'bars');
}

/** Room above the limit, too: a line at the very top looks like a border. */
function linear(largest: number, isCount: boolean): Scale {
  const top = roundUp(largest * 1.05, isCount);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  return { ticks, y: (value) => HEIGHT * (1 - Math.min(value, top) / top) };
}

function logarithmic(values: readonly number[], largest: number): Scale {
  const least = values.reduce((min, value) => (value > 0 ? Math.min(min, value) : min), largest);
  const from = Math.floor(Math.log10(least));
  const to = Math.max(from + 1, Math.ceil(Math.log10(largest * 1.05)));
  const every = Math.ceil((to - from) / 5);
  const ticks: number[] = [];
  for (let exponent = from; exponent <= to; exponent += every) ticks.push(10 ** exponent);
  const part = (value: number): number => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from);
  return { ticks, y: (value) => HEIGHT * (1 - part(value)) };
}

/** To a number of which a quarter is round, too; of counts a quarter is whole. */
function roundUp(value: number, isCount: boolean): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const rounded = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12].map((factor) =>
    Number((factor * power).toPrecision(2)),
  );
  return rounded.find((one) => one >= value && (!isCount || one % 4 === 0)) ?? 10 * power;
}

const ANCHORS = ['start', 'middle', 'middle', 'middle', 'end'];

/** Five of them, of which small screens show three. */
function timeLabels(times: readonly string[]): string {
  const label = (place: number): string => {
    const text = times[Math.round((place / 4) * (times.length - 1))]!;
    return `<text class="${place % 2 === 1 ? 'between ' : ''}${ANCHORS[place]!}" x="${place * 25}%" y="12">${escaped(text)}</text>`;
  };
  return times.length < 5
    ? label(0) + (times.length > 1 ? label(4) : '')
    : [0, 1, 2, 3, 4].map(label).join('');
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((all, value) => all + (value ?? 0), 0);
}

/** Two digits are finer than a pixel. */
function at(value: number): string {
  return String(Math.round(value * 100) / 100);
}
