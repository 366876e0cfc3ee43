/** What takes long says so on stderr: what it is, and how long it has been at it. */

const REPEAT_MS = 30_000;

const say = (text: string): void => void process.stderr.write(`stack: ${text}\n`);
const seconds = (since: number): string => `${Math.round((Date.now() - since) / 1000)} s`;

/** Runs `action` and writes when it began, that it still runs (every 30 s), and when it ended. */
export async function withProgress<T>(what: string, action: () => Promise<T>): Promise<T> {
  const started = Date.now();
  say(`${what} …`);
  const timer = setInterval(() => say(`${what}: ${seconds(started)} …`), REPEAT_MS);
  try {
    const result = await action();
    say(`${what}: done after ${seconds(started)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
