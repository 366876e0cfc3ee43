/** The detection of a Sigma rule: selections, and a condition over them. */
import { isPlainObject } from '../../core/plain-object';
import type { Path } from '../../policy/problem';
import { ConditionProblem, parseCondition } from './condition';
import type { Expression } from './expression';
import { fieldName, fieldTest } from './field-test';
import type { Mapping, Reader } from './reader';

const PATH: Path = ['detection'];

/** @returns `undefined`, and reports it, where something is wrong */
export function readDetection(reader: Reader): Expression | undefined {
  const detection = reader.mapping(PATH);
  if (detection === undefined) return undefined;
  const selections = new Map<string, Expression>();
  let isComplete = true;
  for (const name of Object.keys(detection)) {
    if (name === 'condition') continue;
    const selection = readSelection(reader, name);
    if (selection === undefined) isComplete = false;
    else selections.set(name, selection);
  }
  // What is wrong with the condition may be what is wrong with a selection.
  return isComplete ? readCondition(reader, selections) : undefined;
}

function readCondition(reader: Reader, selections: ReadonlyMap<string, Expression>): Expression | undefined {
  const path = [...PATH, 'condition'];
  const conditions = reader.texts(path, 'a condition such as `selection`');
  if (conditions === undefined) return undefined;
  const isList = Array.isArray(reader.at(path));
  const parts: Expression[] = [];
  for (const [index, text] of conditions.entries()) {
    try {
      parts.push(parseCondition(text, selections));
    } catch (error) {
      if (!(error instanceof ConditionProblem)) throw error;
      return reader.report(isList ? [...path, index] : path, error.text);
    }
  }
  return parts.length === 1 ? parts[0] : { kind: 'or', parts };
}

function readSelection(reader: Reader, name: string): Expression | undefined {
  const path = [...PATH, name];
  if (name === 'timeframe') {
    return reader.reportKey(path, {
      found: '`timeframe`, which Sigma has given up',
      remedy: 'write a correlation of its own, with `timespan`',
    });
  }
  const value = reader.at(path);
  if (isPlainObject(value)) return readFields(reader, path, value);
  if (!Array.isArray(value)) return isText(value) ? keywords(reader, path, []) : wrongSelection(reader, path);
  if (value.length === 0) return wrongSelection(reader, path);
  if (value.every(isText)) return keywords(reader, path, []);
  if (!value.every(isPlainObject)) return wrongSelection(reader, path);
  return joined(
    'or',
    value.map((fields, index) => readFields(reader, [...path, index], fields)),
  );
}

/** All of them have to match. */
function readFields(reader: Reader, path: Path, fields: Mapping): Expression | undefined {
  const keys = Object.keys(fields);
  if (keys.length === 0) return wrongSelection(reader, path);
  return joined(
    'and',
    keys.map((key) => readField(reader, [...path, key], key)),
  );
}

function readField(reader: Reader, path: Path, key: string): Expression | undefined {
  const [name = '', ...modifiers] = key.split('|');
  if (name === '') return keywords(reader, path, modifiers);
  const field = fieldName(reader, path, name, true);
  if (field === undefined) return undefined;
  const test = fieldTest(reader, path, field, modifiers);
  return test && { kind: 'field', field, test };
}

/** With `all` each of them has to stand somewhere, else one of them. */
function keywords(reader: Reader, path: Path, modifiers: readonly string[]): Expression | undefined {
  const value = reader.at(path);
  const paths = Array.isArray(value) ? value.map((_, index) => [...path, index]) : [path];
  const others = modifiers.filter((modifier) => modifier !== 'all');
  const parts = paths.map((one): Expression | undefined => {
    const test = fieldTest(reader, one, undefined, others);
    return test && { kind: 'keyword', test };
  });
  return joined(modifiers.includes('all') ? 'and' : 'or', parts);
}

function joined(kind: 'and' | 'or', parts: readonly (Expression | undefined)[]): Expression | undefined {
  if (!parts.every((part) => part !== undefined)) return undefined;
  return parts.length === 1 ? parts[0] : { kind, parts };
}

const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

function wrongSelection(reader: Reader, path: Path): undefined {
  return reader.wrong(path, 'a map of fields and values, a list of such maps, or a list of words');
}
