/** Runs one program in a fresh process and reads the JSON of the last line that it prints. */
import { spawn } from 'node:child_process';

/** Variables of the caller that would change what is measured. */
const FOREIGN = /^(OTEL_|MCP_|NODE_OPTIONS$|NODE_V8_COVERAGE$|DD_|SENTRY_|BENCH_)/;

function environment(extra) {
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

/**
 * @param {{ node: string, flags?: string[], file: string, args?: string[], env?: Record<string, string>, seconds?: number }} program
 * @returns {Promise<any>} what the program reported; rejects with its stderr when it failed
 */
export function runChild({ node, flags = [], file, args = [], env = {}, seconds = 300 }) {
  const started = performance.now();
  const child = spawn(node, [...flags, file, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: seconds * 1000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const processMs = performance.now() - started;
      const last = stdout.trimEnd().split('\n').at(-1);
      try {
        if (code !== 0) throw new Error(`ended with ${code ?? signal}`);
        resolve({ ...JSON.parse(last || '{}'), processMs, stderr });
      } catch (error) {
        reject(new Error(`${[...flags, file].join(' ')}: ${error.message}\n${stderr.slice(-2000)}`));
      }
    });
  });
}
