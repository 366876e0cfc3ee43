/** Calls with what a policy has to say of them: read from YAML, and run. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { z } from 'zod';

import { milliseconds } from '../core/duration';
import { PolicyDocument } from '../policy/document';
import type { LoadedPolicy } from '../policy/load';
import { pathText } from '../policy/problem';
import type { Path } from '../policy/problem';
import type { CallInput } from './call-input';
import { callInput, CallInputError } from './call-input';
import type { Explained } from './explain';
import { Explainer } from './explain';

const verdict = z.enum(['allow', 'deny', 'modify', 'error']);

const expectation = z.union([
  verdict,
  z.strictObject({
    verdict: verdict.optional(),
    action: z.enum(['allowed', 'blocked', 'observed', 'modified', 'failed_open']).optional(),
    guard: z.string().optional(),
    rule: z.string().optional(),
    reason: z.string().optional(),
  }),
]);

const call = z.record(z.string(), z.unknown());

const step = z.strictObject({
  at: z.union([z.string(), z.number()]).optional(),
  call: call.optional(),
  times: z.number().int().min(1).max(1_000_000).optional(),
  expect: expectation,
});

const testCase = z
  .strictObject({
    name: z.string().min(1),
    /** When it begins. */
    now: z.string().optional(),
    call: call.optional(),
    expect: expectation.optional(),
    sequence: z.array(step).min(1).optional(),
  })
  .refine(
    (given) => (given.expect === undefined) !== (given.sequence === undefined),
    'either `expect` or `sequence`',
  )
  .refine(
    (given) => given.call !== undefined || given.sequence?.every((one) => one.call !== undefined) === true,
    'a `call`, of the case or of every step',
  );

const caseFile = z.strictObject({
  policy: z.string().min(1).optional(),
  cases: z.array(testCase).min(1),
});

type Expectation = Exclude<z.output<typeof expectation>, string>;

interface Step {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly input: CallInput;
  readonly times: number;
  readonly expect: Expectation;
}

export interface TestCase {
  readonly name: string;
  readonly line: number | undefined;
  readonly steps: readonly Step[];
}

export interface CaseFile {
  readonly file: string;
  /** Absolute; `undefined`: the file names none. */
  readonly policy: string | undefined;
  readonly cases: readonly TestCase[];
}

export interface CaseResult {
  readonly name: string;
  readonly line: number | undefined;
  readonly passed: boolean;
  /** What was expected and what was decided, of the first step that was otherwise. */
  readonly problem?: string | undefined;
}

/** Cases are the same on every day: where none is given, time begins here. */
const START = Date.parse('2026-01-01T12:00:00Z');

/** What a file of cases holds is none. */
export class CaseFileError extends Error {
  override readonly name = 'CaseFileError';
}

/** @throws CaseFileError, or PolicyError when the file cannot be read as YAML, naming the line */
export function readCases(path: string): CaseFile {
  const file = resolve(path);
  const document = PolicyDocument.parse(file, readFileSync(file, 'utf8'));
  const parsed = caseFile.safeParse(document.value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const at = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
      return problemAt(document, at, issue.message);
    });
    throw new CaseFileError(problems.join('\n'));
  }
  const { cases, policy } = parsed.data;
  return {
    file,
    policy: policy && resolve(dirname(file), policy),
    cases: cases.map((one, index) => {
      const at = ['cases', index];
      try {
        return { name: one.name, line: document.placeOf(at).line, steps: stepsOf(one) };
      } catch (error) {
        if (error instanceof CallInputError) throw new CaseFileError(problemAt(document, at, error.message));
        throw error;
      }
    }),
  };
}

function problemAt(document: PolicyDocument, path: Path, text: string): string {
  const { line, column } = document.placeOf(path);
  const name = pathText(path);
  return `${document.file}:${line}:${column}: ${name === '' ? '' : `${name}: `}${text}`;
}

function stepsOf(given: z.output<typeof testCase>): readonly Step[] {
  const start = given.now === undefined ? START : momentOf(given.now, 0);
  const steps = given.sequence ?? [{ expect: given.expect! }];
  return steps.map((one) => ({
    at: one.at === undefined ? start : momentOf(one.at, start),
    input: callInput(one.call ?? given.call),
    times: one.times ?? 1,
    expect: typeof one.expect === 'string' ? { verdict: one.expect } : one.expect,
  }));
}

/** A time, or a length of time since the case began. */
function momentOf(given: string | number, start: number): number {
  if (typeof given === 'number') return start + given * 1_000;
  const since = given === '0' ? 0 : milliseconds(given);
  const time = Number.isNaN(since) ? Date.parse(given) : start + since;
  if (Number.isNaN(time)) {
    throw new CallInputError(
      `\`${given}\` is no time such as 2026-01-31T08:00:00Z, and no length of time such as 90s`,
    );
  }
  return time;
}

/** Each case has a process, counters and connections of its own. */
export function runCases(loaded: LoadedPolicy, cases: readonly TestCase[]): readonly CaseResult[] {
  return cases.map(({ name, line, steps }) => {
    const problem = problemOf(new Explainer(loaded, { now: steps[0]?.at }), steps);
    return { name, line, passed: problem === undefined, problem };
  });
}

function problemOf(explainer: Explainer, steps: readonly Step[]): string | undefined {
  for (const [index, { at, expect, input, times }] of steps.entries()) {
    for (let time = 1; time <= times; time += 1) {
      const explained = explainer.explain({ ...input, at: input.at ?? at });
      if (isMet(expect, explained)) continue;
      const which = [
        ...(steps.length > 1 ? [`step ${index + 1}`] : []),
        ...(times > 1 ? [`call ${time} of ${times}`] : []),
      ];
      const place = which.length === 0 ? '' : `${which.join(', ')}: `;
      return `${place}expected ${expectedText(expect)}, decided ${decidedText(explained)}`;
    }
  }
  return undefined;
}

/** What is said of a guard is met by any decision of it that did not allow; of the outcome, by the call’s. */
function isMet({ action, guard, reason, rule, verdict: wanted }: Expectation, explained: Explained): boolean {
  const isNamed = guard !== undefined || rule !== undefined || reason !== undefined;
  const outcome = wanted ?? (isNamed && action === undefined ? 'deny' : undefined);
  if (outcome !== undefined && explained.verdict !== outcome) return false;
  if (action !== undefined && explained.action !== action) return false;
  if (!isNamed) return true;
  return explained.decisions.some(
    (one) =>
      (guard === undefined || one.guard === guard) &&
      (rule === undefined || one.rule === rule) &&
      (reason === undefined || one.reason === reason) &&
      (outcome === undefined || one.verdict === outcome),
  );
}

function expectedText(expect: Expectation): string {
  return Object.entries(expect)
    .map(([key, value]) => (key === 'verdict' ? value : `${key} ${value}`))
    .join(', ');
}

function decidedText({ action, decisions, verdict: given }: Explained): string {
  const others = decisions.filter((one) => one.verdict !== 'allow');
  const by = others.map(
    ({ guard, reason, rule }) => `${guard}${rule === undefined ? '' : ` ${rule}`}: ${reason}`,
  );
  return [`${given} (${action})`, ...by].join('; ');
}
