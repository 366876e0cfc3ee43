/** The findings that are listed: of many the worst, of those the latest, in bounded memory. */
import { SEVERITIES } from '../../core/severity';
import type { RaisedFinding } from './raised';

/** From how many more than are kept on they are sorted out: seldom. */
const SLACK = 1_000;

export class Kept {
  private findings: RaisedFinding[] = [];

  constructor(private readonly most: number) {}

  add(finding: RaisedFinding): void {
    this.findings.push(finding);
    if (this.findings.length >= this.most + SLACK) this.sortOut();
  }

  /** In the order of their times. */
  inTime(): readonly RaisedFinding[] {
    this.sortOut();
    return this.findings.toSorted((a, b) => a.time - b.time || a.number - b.number);
  }

  private sortOut(): void {
    this.findings = this.findings.toSorted(worstFirst).slice(0, this.most);
  }
}

function worstFirst(a: RaisedFinding, b: RaisedFinding): number {
  const [left, right] = [a, b].map(({ finding }) => SEVERITIES.indexOf(finding.severity));
  return right! - left! || b.time - a.time || b.number - a.number;
}
