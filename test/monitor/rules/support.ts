/** Events and rules for tests. */
import type { MonitoringEvent } from '../../../src/monitor/event';
import { eventsOfLine } from '../../../src/monitor/events-of-line';
import type { Finding } from '../../../src/monitor/finding';
import type { MonitoredLine } from '../../../src/monitor/line';
import { compileRules, type CompiledRules } from '../../../src/monitor/rules/compile';
import { RuleEngine } from '../../../src/monitor/rules/engine';
import { PolicyError, problemText } from '../../../src/policy/problem';

export const START = Date.UTC(2026, 0, 5, 12);
const FILE = '/rules.yaml';

export type Facts = Partial<Omit<MonitoredLine, 'timestamp'>> & { readonly tags?: readonly string[] };

/** @param at - seconds since {@link START} */
export function eventsAt(at: number, { tags = [], ...facts }: Facts): readonly MonitoringEvent[] {
  const line: MonitoredLine = {
    event: 'mcp_tool_call',
    user_id: 'alice',
    server_id: 'crm',
    session: 's1',
    writer: 'w1',
    target: 'search',
    tool_name: 'search',
    success: true,
    ...facts,
    timestamp: new Date(START + at * 1_000).toISOString(),
  };
  return eventsOfLine(line, () => tags);
}

export const FAILED: Facts = { event: 'mcp_auth', method: 'http_401', success: false };
export const DENIED: Facts = {
  event: 'mcp_access_denied',
  success: false,
  action: 'blocked',
  outcome: 'denied',
};

export function compiled(text: string): CompiledRules {
  return compileRules([FILE], [{ file: FILE, text }]);
}

/** Runs rules over what happens. */
export class Run {
  readonly findings: Finding[] = [];
  evictions = 0;
  engine: RuleEngine;

  constructor(private readonly rules: CompiledRules) {
    this.engine = this.started();
  }

  /** Goes on with what a state file would have kept. */
  restart(): void {
    const saved = JSON.parse(JSON.stringify([...this.engine.save()])) as unknown[];
    this.engine = this.started();
    this.engine.restore(saved);
  }

  private started(): RuleEngine {
    return new RuleEngine(this.rules, () => void (this.evictions += 1));
  }

  /** @returns what is raised now, as `rule severity` */
  at(seconds: number, facts: Facts = {}): readonly string[] {
    const before = this.findings.length;
    for (const event of eventsAt(seconds, facts)) {
      this.engine.observe(event, (finding) => this.findings.push(finding));
    }
    return this.findings.slice(before).map(({ rule, severity }) => `${rule} ${severity}`);
  }
}

/** What is said of rules that cannot be used, a problem a line, without the name of the file. */
export function problemsOf(text: string): readonly string[] {
  try {
    compiled(text);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.problems.map((problem) => problemText(problem).replace(`${FILE}:`, ''));
  }
}
