/** Draws the panels of a dashboard from the answers to its queries. Runs in a browser; `echarts` is a global there. */

const data = JSON.parse(document.querySelector('#data').textContent);
const { range } = data;
const CELL = 38;
const GAP = 8;

/** Grafana's colours of its dark theme, by name. */
const COLOURS = {
  green: '#73bf69',
  red: '#f2495c',
  orange: '#ff9830',
  blue: '#5794f2',
  yellow: '#fade2a',
  purple: '#b877d9',
  'dark-orange': '#fa6400',
  'light-orange': '#ffcb7d',
  'dark-blue': '#1f60c4',
  'light-blue': '#8ab8ff',
  'semi-dark-blue': '#3274d9',
  'dark-red': '#c4162a',
  text: '#ccccdc',
};
const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#705da0',
  '#37872d',
  '#fade2a',
  '#447ebc',
  '#c15c17',
  '#e0752d',
  '#6ed0e0',
];
const colour = (name) => COLOURS[name] ?? name;
const paletteColour = (index) => PALETTE[index % PALETTE.length];

const trimmed = (value, digits) => String(Number(value.toFixed(digits)));
const significant = (value, decimals) => {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  return trimmed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
};
function scaled(value, base, suffixes, decimals) {
  const size = Math.min(Math.floor(Math.log(Math.max(value, 1)) / Math.log(base)), suffixes.length - 1);
  return `${significant(value / base ** size, decimals ?? 1)}${suffixes[size]}`;
}
const UNITS = {
  none: (value, decimals) => significant(value, decimals),
  short: (value, decimals) => {
    const [divisor, suffix] = value >= 1e6 ? [1e6, ' Mil'] : value >= 1e3 ? [1e3, ' K'] : [1, ''];
    return `${significant(value / divisor, divisor === 1 ? decimals : 2)}${suffix}`;
  },
  cps: (value, decimals) => `${significant(value, decimals)} c/s`,
  reqps: (value, decimals) => `${significant(value, decimals)} req/s`,
  bytes: (value, decimals) => scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB'], decimals),
  binBps: (value, decimals) =>
    scaled(value, 1024, [' B/s', ' KiB/s', ' MiB/s', ' GiB/s', ' TiB/s'], decimals),
  percentunit: (value, decimals) => `${significant(value * 100, decimals ?? 1)}%`,
  s: (value, decimals) => {
    if (value === 0) return '0 s';
    const [factor, suffix] =
      value < 1e-3 ? [1e6, ' µs'] : value < 1 ? [1e3, ' ms'] : value < 60 ? [1, ' s'] : [1 / 60, ' min'];
    return `${significant(value * factor, decimals)}${suffix}`;
  },
};
function format(value, unit, decimals) {
  if (value === undefined || value === null || Number.isNaN(value)) return undefined;
  if (!Number.isFinite(value)) return '∞';
  return (UNITS[unit] ?? UNITS.none)(value, decimals);
}

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};
const stepColour = (steps, value) =>
  colour(steps.findLast((step) => step.value === null || value >= step.value)?.color ?? 'text');
const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 16);

/** Properties that a panel's overrides set for a name. */
function overridesFor(panel, name) {
  const found = {};
  for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
    const { id, options } = matcher;
    const matches =
      id === 'byName'
        ? options === name
        : id === 'byRegexp' && new RegExp(options.replace(/^\/|\/$/g, '')).test(name);
    if (matches) for (const property of properties) found[property.id] = property.value;
  }
  return found;
}
const seriesColour = (panel, name, index) => {
  const fixed = overridesFor(panel, name).color?.fixedColor;
  return fixed === undefined ? paletteColour(index) : colour(fixed);
};

const noData = () => element('div', 'none', 'No data');

function drawNumber({ panel, answers }) {
  const { defaults } = panel.fieldConfig;
  const value = Number(answers[0].series[0]?.values[0][1]);
  const shown = element('div', panel.gridPos.w < 4 ? 'number narrow' : 'number');
  shown.textContent = format(value, defaults.unit, defaults.decimals) ?? defaults.noValue;
  shown.style.color = Number.isNaN(value) ? colour('text') : stepColour(defaults.thresholds.steps, value);
  return shown;
}

const CALCS = {
  lastNotNull: ['Last *', (values) => values.at(-1)],
  sum: ['Total', (values) => values.reduce((total, value) => total + value, 0)],
  max: ['Max', (values) => Math.max(...values)],
  mean: ['Mean', (values) => values.reduce((total, value) => total + value, 0) / values.length],
};

function drawLegend(panel, entries) {
  const { calcs, displayMode } = panel.options.legend;
  const legend = element('div', 'legend');
  if (displayMode === 'list') {
    const list = element('div', 'list');
    for (const { name, color } of entries) list.append(mark(name, color));
    legend.append(list);
    return legend;
  }
  const [title, calculate] = CALCS[calcs[0]];
  const { unit, decimals } = panel.fieldConfig.defaults;
  const table = element('table');
  const head = element('tr');
  head.append(element('td'), element('th', '', title));
  table.append(head);
  const rows = entries
    .map((entry) => ({ ...entry, value: calculate(entry.values) }))
    .toSorted((a, b) => b.value - a.value);
  for (const { name, color, value } of rows) {
    const row = element('tr');
    const cell = element('td');
    cell.append(mark(name, color));
    row.append(cell, element('td', 'value', format(value, unit, decimals)));
    table.append(row);
  }
  legend.append(table);
  return legend;
}
function mark(name, color) {
  const shown = element('span');
  const line = element('i');
  line.style.background = color;
  shown.append(line, name);
  return shown;
}

const AXIS = {
  axisLabel: { color: '#8e8e99', fontSize: 11 },
  axisLine: { show: false },
  axisTick: { show: false },
};
const SPLIT = { splitLine: { lineStyle: { color: '#23262b' } } };
const timeAxis = () => ({
  type: 'time',
  min: range.start * 1000,
  max: range.end * 1000,
  ...AXIS,
  axisLabel: { ...AXIS.axisLabel, formatter: (time) => clock(time / 1000), hideOverlap: true },
  splitLine: { show: true, lineStyle: { color: '#1d2024' } },
});
const pending = [];

function chartIn(body, options) {
  const box = element('div', 'chart');
  body.append(box);
  pending.push(() => {
    const chart = window.echarts.init(box, undefined, { renderer: 'canvas' });
    chart.setOption({ animation: false, textStyle: { fontFamily: 'DejaVu Sans' }, ...options });
  });
}

function markLines(panel) {
  // The last is on top: policies, of which there are fewer.
  const marks = data.annotations.toReversed().map(({ time, color }) => ({
    xAxis: time * 1000,
    lineStyle: { color: colour(color), type: 'dashed', width: 1.2 },
  }));
  const { custom = {}, thresholds } = panel.fieldConfig.defaults;
  if (custom.thresholdsStyle === undefined) return marks;
  const steps = thresholds.steps.filter(({ value }) => value !== null);
  return [
    ...marks,
    ...steps.map(({ value, color }) => ({
      yAxis: value,
      lineStyle: { color: colour(color), type: 'dashed', width: 1 },
    })),
  ];
}

function drawLines(body, { panel, answers }) {
  const { custom = {}, unit, decimals } = panel.fieldConfig.defaults;
  const all = answers.flatMap(({ series, names }) =>
    series.map(({ values }, index) => ({ name: names[index], values })),
  );
  const entries = all.map(({ name, values }, index) => ({
    name,
    color: seriesColour(panel, name, index),
    points: values
      .map(([time, value]) => [time * 1000, Number(value)])
      .filter(([, value]) => !Number.isNaN(value)),
  }));
  const drawn = entries
    .filter(({ points }) => points.length > 0)
    .map((entry) => ({ ...entry, values: entry.points.map(([, value]) => value) }));
  if (drawn.length === 0) return body.append(noData());
  const isBars = custom.drawStyle === 'bars';
  const isStacked = custom.stacking?.mode === 'normal';
  const top = Math.max(...drawn.flatMap(({ values }) => values), 0);
  const soft = custom.axisSoftMax ?? 0;
  const shared = drawn.map(({ name, color, points }, index) => ({
    name,
    type: isBars ? 'bar' : 'line',
    data: aligned(points, panel.interval === undefined ? range.step : range.barStep, isStacked ? 0 : null),
    ...(isStacked && { stack: 'all' }),
    symbol: 'none',
    barCategoryGap: '15%',
    itemStyle: { color },
    lineStyle: { width: custom.lineWidth ?? 1, color },
    ...(!isBars && { areaStyle: { color, opacity: (custom.fillOpacity ?? 0) / 100 } }),
    ...(index === 0 && {
      markLine: { symbol: 'none', silent: true, label: { show: false }, data: markLines(panel) },
    }),
  }));
  const isBeside = panel.options.legend.placement === 'right';
  if (isBeside) body.classList.add('beside');
  chartIn(body, {
    grid: { left: 8, right: 12, top: 10, bottom: 4, containLabel: true },
    xAxis: timeAxis(),
    yAxis: {
      type: 'value',
      min: 0,
      ...(top <= soft && { max: soft }),
      ...(isBars && { minInterval: 1 }),
      splitNumber: 4,
      ...AXIS,
      ...SPLIT,
      axisLabel: {
        ...AXIS.axisLabel,
        formatter: (value) => format(value, unit, isBars ? 0 : unit === 'percentunit' ? 0 : decimals),
      },
    },
    series: shared,
  });
  body.append(drawLegend(panel, drawn));
}

/** A point at every step: stacks need the same times in every series, lines have gaps where there is no value. */
function aligned(points, step, otherwise) {
  const known = new Map(points);
  const first = Math.floor(range.start / step) * step + step;
  const found = [];
  for (let time = first; time <= range.end; time += step)
    found.push([time * 1000, known.get(time * 1000) ?? otherwise]);
  return found;
}

const bucketLabel = (le) => format(Number(le.replace('+Inf', 'Infinity')), 's');

function drawHeatmap(body, { answers }) {
  const bounds = answers[0].series
    .map(({ metric, values }) => ({
      le: metric.le,
      bound: Number(metric.le.replace('+Inf', 'Infinity')),
      values,
    }))
    .toSorted((a, b) => a.bound - b.bound);
  if (bounds.length === 0) return body.append(noData());
  const times = bounds[0].values.map(([time]) => time);
  const cells = [];
  let most = 0;
  for (const [row, { values }] of bounds.entries()) {
    const below = new Map((bounds[row - 1]?.values ?? []).map(([time, value]) => [time, Number(value)]));
    for (const [time, value] of values) {
      const count = Number(value) - (below.get(time) ?? 0);
      if (count > 0.01) cells.push([times.indexOf(time), row, count]);
      most = Math.max(most, count);
    }
  }
  const used = bounds.slice(0, Math.max(...cells.map(([, row]) => row)) + 1);
  chartIn(body, {
    grid: { left: 8, right: 12, top: 10, bottom: 30, containLabel: true },
    xAxis: {
      type: 'category',
      data: times.map(clock),
      ...AXIS,
      axisLabel: { ...AXIS.axisLabel, interval: Math.ceil(times.length / 8) },
    },
    yAxis: { type: 'category', data: used.map(({ le }) => bucketLabel(le)), ...AXIS },
    visualMap: {
      min: 0,
      max: most,
      orient: 'horizontal',
      left: 'center',
      bottom: 0,
      itemHeight: 260,
      itemWidth: 9,
      calculable: false,
      text: [`${Math.round(most)} calls`, '0'],
      textStyle: { color: '#8e8e99', fontSize: 11 },
      inRange: { color: ['#3a2310', '#7f3300', '#c4520a', '#fa6400', '#ff9830', '#ffcb7d', '#fff0d6'] },
    },
    series: [
      {
        type: 'heatmap',
        data: cells.map(([x, y, value]) => ({ value: [x, y, value] })),
        itemStyle: { borderColor: '#181b1f', borderWidth: 1 },
      },
    ],
  });
}

const namesValue = (name) => name.startsWith('Value');

/** Rows by the labels that are columns, values by column title. */
function tableRows({ panel, answers }) {
  const organize = panel.transformations.find(({ id }) => id === 'organize').options;
  const titles = organize.renameByName;
  const order = Object.entries(organize.indexByName)
    .toSorted(([, a], [, b]) => a - b)
    .map(([name]) => name);
  const labels = order.filter((name) => !namesValue(name));
  const rows = new Map();
  for (const [index, { series }] of answers.entries()) {
    for (const { metric, values } of series) {
      const key = JSON.stringify(labels.map((label) => metric[label]));
      if (!rows.has(key))
        rows.set(
          key,
          Object.fromEntries(labels.map((label) => [titles[label] ?? label, metric[label] ?? ''])),
        );
      const name = answers.length === 1 ? 'Value' : `Value #${answers[index].target.refId}`;
      rows.get(key)[titles[name]] = Number(values[0][1]);
    }
  }
  const columns = [...new Map(order.map((name) => [titles[name] ?? name, namesValue(name)]))].map(
    ([title, isValue]) => ({ title, isValue }),
  );
  return { rows: [...rows.values()], columns };
}

/** The largest first. */
const compare = (a, b) =>
  typeof b === 'number' || typeof a === 'number' ? (b ?? 0) - (a ?? 0) : String(b).localeCompare(String(a));

function drawTable(body, drawn) {
  const { panel } = drawn;
  const { rows, columns } = tableRows(drawn);
  if (rows.length === 0) return body.append(noData());
  const { defaults } = panel.fieldConfig;
  const [{ displayName: sortBy, desc }] = panel.options.sortBy;
  const table = element('table', panel.gridPos.w <= 6 ? 'data narrow' : 'data');
  const head = element('tr');
  for (const { title, isValue } of columns) head.append(element('th', isValue ? 'value' : '', title));
  table.append(head);
  const sorted = rows.toSorted((a, b) => (desc ? 1 : -1) * compare(a[sortBy], b[sortBy]));
  for (const row of sorted) {
    const line = element('tr');
    for (const { title, isValue } of columns)
      line.append(cellOf(defaults, overridesFor(panel, title), row[title], isValue, rows, title));
    table.append(line);
  }
  body.append(table);
}

function cellOf(defaults, own, value, isValue, rows, title) {
  if (!isValue) {
    const cell = element('td', '', value);
    const mapped = own.mappings?.[0].options[value];
    if (mapped !== undefined) cell.style.color = colour(mapped.color);
    if (own.links !== undefined && mapped === undefined) cell.style.color = '#6e9fff';
    return cell;
  }
  const text = format(value, own.unit ?? defaults.unit, own.decimals) ?? own.noValue ?? defaults.noValue;
  if (own['custom.cellOptions']?.type !== 'gauge') {
    const cell = element('td', 'value', text);
    if (own.thresholds !== undefined && value !== undefined)
      cell.style.color = stepColour(own.thresholds.steps, value);
    return cell;
  }
  const cell = element('td');
  const gauge = element('div', 'gauge');
  const bar = element('span');
  const most = Math.max(...rows.map((row) => row[title] ?? 0));
  bar.style.width = `${Math.max(2, (120 * (value ?? 0)) / most)}px`;
  bar.style.background = colour(own.color.fixedColor);
  gauge.style.justifyContent = 'flex-end';
  gauge.append(bar, text);
  cell.append(gauge);
  return cell;
}

function drawBars(body, drawn) {
  const { panel } = drawn;
  const { rows, columns } = tableRows(drawn);
  if (rows.length === 0) return body.append(noData());
  const category = panel.options.xField;
  const parts = columns.filter(({ isValue }) => isValue).map(({ title }) => title);
  const sorted = rows.toReversed();
  const most = Math.max(...rows.map((row) => parts.reduce((sum, title) => sum + (row[title] ?? 0), 0)));
  chartIn(body, {
    grid: { left: 8, right: 20, top: 6, bottom: 4, containLabel: true },
    xAxis: { type: 'value', minInterval: 1, ...AXIS, ...SPLIT },
    yAxis: {
      type: 'category',
      data: sorted.map((row) => row[category]),
      ...AXIS,
      axisLabel: { color: '#ccccdc', fontSize: 11.5 },
    },
    series: parts.map((title) => ({
      name: title,
      type: 'bar',
      stack: 'all',
      barWidth: '68%',
      itemStyle: { color: seriesColour(panel, title) },
      label: {
        show: true,
        color: '#111217',
        fontSize: 11,
        formatter: ({ value }) => (value > most * 0.05 ? String(Math.round(value)) : ''),
      },
      data: sorted.map((row) => row[title] ?? 0),
    })),
  });
  const list = parts.map((name) => ({ name, color: seriesColour(panel, name), values: [] }));
  body.append(drawLegend(panel, list));
}

function drawStates(body, { panel, answers }) {
  const [{ options: mapping }] = panel.fieldConfig.defaults.mappings;
  const box = element('div', 'states');
  const length = range.end - range.start;
  for (const { series, names } of answers) {
    for (const [index, { values }] of series.entries()) {
      const line = element('div', 'state');
      const track = element('div');
      for (const { from, to, value } of runs(values)) {
        const { text, color } = mapping[value] ?? { text: value, color: 'text' };
        const part = element('i', '', (to - from) / length > 0.07 ? text : '');
        part.style.left = `${(100 * (from - range.start)) / length}%`;
        part.style.width = `${(100 * (to - from)) / length}%`;
        part.style.background = colour(color);
        track.append(part);
      }
      line.append(element('span', '', names[index]), track);
      box.append(line);
    }
  }
  if (box.childElementCount === 0) return body.append(noData());
  const axis = element('div', 'axis');
  for (let part = 0; part <= 4; part++)
    axis.append(element('span', '', clock(range.start + (part * length) / 4)));
  body.append(
    box,
    axis,
    drawLegend(
      panel,
      Object.values(mapping).map(({ text, color }) => ({ name: text, color: colour(color) })),
    ),
  );
}

function runs(values) {
  const found = [];
  for (const [time, value] of values) {
    const last = found.at(-1);
    if (last?.value === value) last.to = time + range.step;
    else found.push({ from: time, to: time + range.step, value });
  }
  return found;
}

function drawPanel(drawn) {
  const { panel } = drawn;
  const { x, y, w, h } = panel.gridPos;
  const unit = (document.body.clientWidth - 32 + GAP) / 24;
  const box = element('div', panel.type === 'row' ? 'row' : 'panel');
  Object.assign(box.style, {
    left: `${x * unit}px`,
    top: `${y * CELL}px`,
    width: `${w * unit - GAP}px`,
    height: `${h * CELL - GAP}px`,
  });
  if (panel.type === 'row') {
    box.textContent = panel.title;
    return box;
  }
  const body = element('div', 'body');
  box.append(element('h2', '', panel.title), body);
  const kinds = {
    timeseries: drawLines,
    heatmap: drawHeatmap,
    table: drawTable,
    barchart: drawBars,
    'state-timeline': drawStates,
  };
  if (panel.type === 'stat') body.append(drawNumber(drawn));
  else kinds[panel.type](body, drawn);
  return box;
}

function drawDashboard() {
  const header = element('header');
  header.append(element('h1', '', data.title));
  for (const { label, text } of data.variables) {
    const chip = element('span', 'chip');
    chip.append(element('b', '', label), text);
    header.append(chip);
  }
  const minutes = Math.round((range.end - range.start) / 60);
  header.append(
    element('span', 'range', `${minutes} minutes, ${clock(range.start)} to ${clock(range.end)} UTC`),
  );
  const caption = element(
    'p',
    'caption',
    `Not Grafana: drawn with our own charts from what a real Prometheus answered to this dashboard’s queries, after ${minutes} minutes of two real agents (scrapes every 2 s, bars of ${range.barStep} s). Dashed purple: a policy came into force; dashed red: the monitor raised a finding.`,
  );
  const grid = element('div', 'grid');
  const bottom = Math.max(...data.panels.map(({ panel }) => panel.gridPos.y + panel.gridPos.h));
  grid.style.height = `${bottom * CELL - GAP}px`;
  document.body.append(header, caption, grid);
  for (const drawn of data.panels) grid.append(drawPanel(drawn));
  for (const draw of pending) draw();
}

drawDashboard();
await document.fonts.ready;
requestAnimationFrame(() => requestAnimationFrame(() => (window.isDrawn = true)));
