/** One line on a terminal that says how far long work is; nothing where stderr is a file or a pipe. */
import { clearLine, cursorTo } from 'node:readline';

export interface Progress {
  /** @param text - as it is now, without line breaks */
  show(text: string): void;
  /** Removes the line. */
  end(): void;
}

const SILENT: Progress = { show: () => undefined, end: () => undefined };
/** Milliseconds between two texts, so that the terminal does not slow the work. */
const EVERY = 100;

export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return SILENT;
  let shownAt = -Infinity;
  const clear = (): void => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    show(text) {
      if (performance.now() - shownAt < EVERY) return;
      shownAt = performance.now();
      clear();
      stream.write(text.slice(0, Math.max(0, (stream.columns || 80) - 1)));
    },
    end() {
      if (shownAt !== -Infinity) clear();
    },
  };
}
