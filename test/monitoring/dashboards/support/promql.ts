/** What tests need to know of an expression. */
import { parser } from '@prometheus-io/lezer-promql';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

export interface Selector {
  readonly name: string;
  /** As written: `job=~"$job"`. */
  readonly matchers: readonly string[];
  /** `5m` of `x[5m]`. */
  readonly window?: string;
  /** The function that is called with it, directly or through an offset. */
  readonly inFunction?: string;
  readonly text: string;
}

/** Windows are no durations to the parser before they are filled in. */
const withDurations = (expression: string): string =>
  expression
    .replaceAll('$__interval_ms', '60000')
    .replaceAll('$__rate_interval', '1m11s')
    .replaceAll('$__interval', '1m12s')
    .replaceAll('$__range', '1m13s');

const BACK: Readonly<Record<string, string>> = {
  '1m11s': '$__rate_interval',
  '1m12s': '$__interval',
  '1m13s': '$__range',
};

function nodes(expression: string): { text: string; found: SyntaxNode[] } {
  const text = withDurations(expression);
  const found: SyntaxNode[] = [];
  parser.parse(text).iterate({ enter: ({ node }) => void found.push(node) });
  return { text, found };
}

/** Where the grammar of PromQL is left. */
export function syntaxErrors(expression: string): string[] {
  const { text, found } = nodes(expression);
  return found
    .filter((node) => node.type.isError)
    .map((node) => text.slice(Math.max(0, node.from - 20), node.to + 20));
}

/** Every vector that it asks for. */
export function selectors(expression: string): Selector[] {
  const { text, found } = nodes(expression);
  const read = (node: SyntaxNode | null): string => (node === null ? '' : text.slice(node.from, node.to));
  return found
    .filter(({ name }) => name === 'VectorSelector')
    .map((node) => {
      const ranged = node.parent?.name === 'MatrixSelector' ? node.parent : undefined;
      const window = read(ranged?.getChild('DurationExpr') ?? null);
      let around = (ranged ?? node).parent;
      if (around?.name === 'OffsetExpr') around = around.parent;
      const call = around?.name === 'FunctionCallBody' ? around.parent : null;
      const called = read(call?.name === 'FunctionCall' ? call.getChild('FunctionIdentifier') : null);
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      return {
        name: read(node.getChild('Identifier')),
        matchers: matchers.map(read),
        ...(window !== '' && { window: BACK[window] ?? window }),
        ...(called !== '' && { inFunction: called }),
        text: read(node),
      };
    });
}
