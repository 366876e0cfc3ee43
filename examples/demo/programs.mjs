/** Starts the demo's programs as a user would: ordinary programs, with the preload in NODE_OPTIONS. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** What `--require opentelemetry-instrumentation-mcp/register` means to somebody who installed the package. */
export const PRELOAD = pathOf('../../build/src/register.js');

export const PROGRAMS = {
  singleUserAgent: pathOf('../single-user-agent.cjs'),
  multiUserAgent: pathOf('../multi-user-agent.mjs'),
  loopbackOnly: pathOf('./loopback-only.cjs'),
  everything: fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')),
};

/** How long a program may take to end when it is told to. */
const PATIENCE_MS = 5000;

/** The environment of every program: nothing of the caller's telemetry or Node settings, and the preload. */
export function environment(receiver, extra) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL_|MCP_|NODE_OPTIONS$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    NODE_OPTIONS: `--require ${JSON.stringify(PRELOAD)}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    // Half a second instead of five: somebody is watching.
    OTEL_BSP_SCHEDULE_DELAY: '500',
    ...extra,
  };
}

/** A program that runs. Its lines are given to `onLine`; what it says on stderr is kept for the case that it fails. */
export class Program {
  stderr = '';
  #name;
  #child;
  #ended;
  #hasEnded = false;

  constructor(name, args, env, onLine = () => undefined) {
    this.#name = name;
    this.#child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close').finally(() => (this.#hasEnded = true));
    createInterface({ input: this.#child.stdout }).on('line', onLine);
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text));
  }

  /** Resolves with the first match on stderr. Throws when the program ends before. */
  async says(pattern) {
    while (!pattern.test(this.stderr)) {
      if (this.#hasEnded) throw this.#failure();
      await Promise.race([once(this.#child.stderr, 'data'), this.#ended]);
    }
    return pattern.exec(this.stderr);
  }

  /** Waits for a good end. Throws when the exit code is not 0. */
  async finish() {
    const [code] = await this.#ended;
    if (code !== 0) throw this.#failure();
  }

  /** Throws as soon as the program has ended: nobody told it to. */
  async mustRun() {
    await this.#ended;
    throw this.#failure();
  }

  /** Asks it to end: the demo's programs do when their stdin ends. */
  closeInput() {
    this.#child.stdin.end();
  }

  async stop() {
    this.closeInput();
    if (!this.#hasEnded) this.#child.kill();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    await this.#ended;
    clearTimeout(force);
  }

  #failure() {
    const { exitCode, signalCode } = this.#child;
    return new Error(`${this.#name} ended with ${exitCode ?? signalCode}\n${this.stderr}`);
  }
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
