/** Spans as trees, one line a span. */
import { basename } from 'node:path';
import { blue, bold, column, cyan, dim, milliseconds, print, red } from './terminal.mjs';

const byStart = (a, b) => (a.start < b.start ? -1 : Number(a.start > b.start));

/** Name of the program that a span comes from: its npm package, else its file. */
export function programOf({ process }) {
  const file = String(process['process.command'] ?? process['service.name']);
  const inPackage = /node_modules[\\/](?:@[^\\/]+[\\/])?([^\\/]+)/.exec(file);
  return inPackage?.[1] ?? basename(file).replace(/\.[cm]?js$/, '');
}

/** Traces in the order in which they began, each a list of `{span, branch}` with children after their parent. */
export function traces(spans) {
  const byTrace = new Map();
  for (const span of spans) byTrace.set(span.traceId, [...(byTrace.get(span.traceId) ?? []), span]);
  return [...byTrace.values()].map(asTree).toSorted((a, b) => byStart(a[0].span, b[0].span));
}

/** A span whose parent is not there is shown as a root: what is missing shall be seen. */
function asTree(spans) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const childrenOf = (id) => {
    const isChild = ({ parentId }) => (ids.has(parentId) ? parentId : undefined) === id;
    return spans.filter(isChild).toSorted(byStart);
  };
  const below = (id, indent) => {
    const children = childrenOf(id);
    return children.flatMap((span, index) => {
      const last = index === children.length - 1;
      const further = below(span.spanId, `${indent}${last ? '   ' : '│  '}`);
      return [{ span, branch: `${indent}${last ? '└─ ' : '├─ '}` }, ...further];
    });
  };
  return childrenOf(undefined).flatMap((span) => [{ span, branch: '' }, ...below(span.spanId, '')]);
}

const COLUMNS = { trace: 9, span: 52, program: 18, user: 6 };

/** Prints a table of traces as {@link traces} gives them. */
export function printTraces(list) {
  const { trace, span, program, user } = COLUMNS;
  const head = column('trace', trace) + column('span', span) + column('in', program) + column('user', user);
  print(dim(`  ${head}  at ms took ms  status`));
  for (const lines of list) for (const line of lines) printSpan(line, lines[0].span.start);
}

function printSpan({ span, branch }, traceStart) {
  const isRoot = branch === '';
  const kind = span.kind === 'CLIENT' ? blue('CLIENT') : cyan(span.kind);
  const title = `${dim(branch)}${kind} ${isRoot ? bold(span.name) : span.name}`;
  print(
    [
      '  ',
      column(isRoot ? dim(span.traceId.slice(0, 7)) : '', COLUMNS.trace),
      column(title, COLUMNS.span),
      column(programOf(span), COLUMNS.program),
      column(span.attributes['user.id'] ?? '', COLUMNS.user),
      milliseconds(span.start - traceStart, 7),
      milliseconds(span.end - span.start, 8),
      `  ${statusOf(span)}`,
    ].join(''),
  );
}

function statusOf({ status, attributes }) {
  const type = attributes['error.type'];
  return status === 'ERROR' ? red(`ERROR ${type}`) : dim(status.toLowerCase());
}
