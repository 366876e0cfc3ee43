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
    const { classify, watchers } = this.parts;
    for (const event of eventsOfLine(line, classify)) {
      for (const watcher of watchers) watcher.observe(event, raise);
    }
  }

  /** The event of a line that findings of a rule rest on; where no part knows, the first. */
  concerning(rule: string, line: MonitoredLine): MonitoringEvent | undefined {
    const { classify, watchers } = this.parts;
    return eventsOfLine(line, classify).find((event) => {
      const answers = watchers.map((watcher) => watcher.concerns?.(rule, event));
      return answers.includes(true) || answers.every((answer) => answer === undefined);
    });
  }
}
