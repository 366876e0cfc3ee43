/** The findings that are listed: of many the worst, of those the latest. */
import { Foremost } from '../../core/foremost';
import { rankOf } from '../../core/severity';
import type { RaisedFinding } from './raised';

export class Kept {
  private readonly findings: Foremost<RaisedFinding>;

  constructor(most: number) {
    this.findings = new Foremost(most, worstFirst);
  }

  add(finding: RaisedFinding): void {
    this.findings.add(finding);
  }

  /** In the order of their times. */
  inTime(): readonly RaisedFinding[] {
    return this.findings.all().toSorted((a, b) => a.time - b.time || a.number - b.number);
  }
}

function worstFirst(a: RaisedFinding, b: RaisedFinding): number {
  return rankOf(b.finding.severity) - rankOf(a.finding.severity) || b.time - a.time || b.number - a.number;
}
