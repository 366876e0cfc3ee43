/** What a detection says of one event. */
import { FIELDS, fieldOf, type FieldName, type MonitoringEvent } from '../event';

export type FieldValue = ReturnType<typeof fieldOf>;

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression }
  | { readonly kind: 'field'; readonly field: FieldName; readonly test: (value: FieldValue) => boolean }
  /** Text anywhere in the event. */
  | { readonly kind: 'keyword'; readonly test: (value: FieldValue) => boolean };

export type Matches = (event: MonitoringEvent) => boolean;

const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

export function compileExpression(expression: Expression): Matches {
  switch (expression.kind) {
    case 'and': {
      const parts = expression.parts.map(compileExpression);
      return parts.length === 1 ? parts[0]! : (event) => parts.every((matches) => matches(event));
    }
    case 'or': {
      const parts = expression.parts.map(compileExpression);
      return parts.length === 1 ? parts[0]! : (event) => parts.some((matches) => matches(event));
    }
    case 'not': {
      const matches = compileExpression(expression.part);
      return (event) => !matches(event);
    }
    case 'field': {
      const { test } = expression;
      const { of } = FIELDS[expression.field];
      return (event) => test(of(event));
    }
    case 'keyword': {
      const { test } = expression;
      return (event) => FIELD_NAMES.some((field) => test(fieldOf(event, field)));
    }
  }
}

/** Values of some fields; of the others nothing is known. */
export type Known = Readonly<Partial<Record<FieldName, FieldValue>>>;

/** What the expression says of every event with these values; `undefined`: of some this, of others that. */
export function decide(expression: Expression, known: Known): boolean | undefined {
  switch (expression.kind) {
    case 'and':
      return decideParts(expression.parts, known, false);
    case 'or':
      return decideParts(expression.parts, known, true);
    case 'not': {
      const decided = decide(expression.part, known);
      return decided === undefined ? undefined : !decided;
    }
    case 'field':
      return Object.hasOwn(known, expression.field) ? expression.test(known[expression.field]) : undefined;
    case 'keyword':
      return undefined;
  }
}

/** @param one - what the whole is as soon as one part is it */
function decideParts(parts: readonly Expression[], known: Known, one: boolean): boolean | undefined {
  const decided = new Set(parts.map((part) => decide(part, known)));
  if (decided.has(one)) return one;
  return decided.has(undefined) ? undefined : !one;
}

/** The same for events with these values, without what they decide. */
export function simplified(expression: Expression, known: Known): Expression {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const { kind } = expression;
      // Where all of it is decided there is nothing else to ask.
      const parts = expression.parts.filter((part) => decide(part, known) !== (kind === 'and'));
      return { kind, parts: parts.map((part) => simplified(part, known)) };
    }
    case 'not':
      return { kind: 'not', part: simplified(expression.part, known) };
    default:
      return expression;
  }
}
