/** The condition of a Sigma detection: selections with `and`, `or`, `not`, brackets, and `1 of` and `all of` several. */
import { globMatches } from '../../core/glob';
import { nearest } from '../../core/suggest';
import { codes, shortened } from '../../policy/issues';
import type { Expression } from './expression';
import type { ProblemText } from './reader';

/** What is wrong with a condition. */
export class ConditionProblem extends Error {
  constructor(readonly text: ProblemText) {
    super(text.found);
  }
}

const TOKEN = /[()|]|[^\s()|]+/g;
const WORDS = new Set(['and', 'or', 'not']);

/**
 * @param selections - by name
 * @throws ConditionProblem
 */
export function parseCondition(text: string, selections: ReadonlyMap<string, Expression>): Expression {
  return new Parser(text.match(TOKEN) ?? [], selections).parse();
}

class Parser {
  private at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly selections: ReadonlyMap<string, Expression>,
  ) {}

  parse(): Expression {
    if (this.tokens.includes('|')) {
      throw new ConditionProblem({
        found: 'an aggregation after `|`, which Sigma has given up',
        remedy: 'write a correlation of its own, with `type: event_count`',
      });
    }
    const expression = this.or();
    if (this.at < this.tokens.length) throw this.unexpected();
    return expression;
  }

  private or(): Expression {
    const parts = [this.and()];
    while (this.takes('or')) parts.push(this.and());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  private and(): Expression {
    const parts = [this.not()];
    while (this.takes('and')) parts.push(this.not());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  private not(): Expression {
    return this.takes('not') ? { kind: 'not', part: this.not() } : this.one();
  }

  private one(): Expression {
    if (this.takes('(')) {
      const inner = this.or();
      if (!this.takes(')')) throw this.unexpected('close the bracket');
      return inner;
    }
    const token = this.tokens[this.at];
    if (token === undefined || token === ')' || WORDS.has(token.toLowerCase())) throw this.unexpected();
    const isOf = this.tokens[this.at + 1]?.toLowerCase() === 'of';
    if (isOf) return this.of(token.toLowerCase());
    this.at += 1;
    return this.selections.get(token) ?? this.unknown(token);
  }

  private of(quantity: string): Expression {
    if (quantity !== '1' && quantity !== 'any' && quantity !== 'all') {
      throw new ConditionProblem({
        found: `\`${shortened(quantity)} of\``,
        remedy: 'write `1 of` or `all of`',
      });
    }
    this.at += 2;
    const pattern = this.tokens[this.at];
    if (pattern === undefined || pattern === '(' || pattern === ')') throw this.unexpected();
    this.at += 1;
    const names = [...this.selections.keys()];
    const isMeant = (name: string): boolean =>
      pattern.toLowerCase() === 'them' ? !name.startsWith('_') : globMatches(pattern, name);
    const parts = names.filter(isMeant).map((name) => this.selections.get(name)!);
    if (parts.length === 0) this.unknown(pattern);
    return parts.length === 1 ? parts[0]! : { kind: quantity === 'all' ? 'and' : 'or', parts };
  }

  private takes(word: string): boolean {
    if (this.tokens[this.at]?.toLowerCase() !== word) return false;
    this.at += 1;
    return true;
  }

  private unexpected(remedy = 'write selections with `and`, `or` or `not` between them'): ConditionProblem {
    const token = this.tokens[this.at];
    const found =
      token === undefined ? 'the condition ends too early' : `\`${shortened(token)}\` at this place`;
    return new ConditionProblem({ found, remedy });
  }

  private unknown(name: string): never {
    const known = [...this.selections.keys()];
    const meant = nearest(name, known);
    throw new ConditionProblem({
      found: `no selection \`${shortened(name)}\``,
      allowed: codes(known),
      remedy: meant === undefined ? `write one of ${codes(known)}` : `did you mean \`${meant}\`?`,
    });
  }
}
