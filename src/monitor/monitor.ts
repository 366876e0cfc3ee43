/** The monitor: events of every line to usage, rules and detectors, and what they raise to one listener. */
import type { Classify } from './classification';
import type { MonitoringEvent } from './event';
import { eventsOfLine } from './events-of-line';
import type { Finding, Watcher } from './finding';
import type { MonitoredLine } from './line';

export interface MonitorParts {
  readonly classify: Classify;
  /** In this order they look at an event. */
  readonly watchers: readonly Watcher[];
}

export class Monitor {
  constructor(private parts: MonitorParts) {}

  /**
   * @param raise - told of every finding at once
   * @throws what a watcher throws; the others have not looked then
   */
  observe(line: MonitoredLine, raise: (finding: Finding) => void): void {
    for (const event of this.events(line)) {
      for (const watcher of this.parts.watchers) watcher.observe(event, raise);
    }
  }

  /** What a line stands for. */
  events(line: MonitoredLine): readonly MonitoringEvent[] {
    return eventsOfLine(line, this.parts.classify);
  }

  /** Whether findings of a rule rest on such an event, as far as its part tells. */
  concerns(rule: string, event: MonitoringEvent): boolean {
    const answers = this.parts.watchers.map((watcher) => watcher.concerns?.(rule, event));
    return answers.includes(true) || answers.every((answer) => answer === undefined);
  }
}
