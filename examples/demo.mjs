/**
 * `npm run demo`: real agents and real MCP servers under the preload, and what is then seen of them.
 *
 *   npm run demo                runs once, prints traces and metrics; exit code 0 when everything it claims was seen
 *   npm run demo -- --keep      leaves an agent running, for a look at its metrics page or a scrape
 *
 * With OTEL_EXPORTER_OTLP_ENDPOINT set, the telemetry goes there too (OTLP over HTTP, JSON).
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { claims, isComplete, printClaims } from './demo/checks.mjs';
import { printPage, readPage } from './demo/metrics-page.mjs';
import { startReceiver } from './demo/otlp-receiver.mjs';
import { environment, freePort, PRELOAD, Program, PROGRAMS } from './demo/programs.mjs';
import { bold, cyan, dim, heading, print, red } from './demo/terminal.mjs';
import { printTraces, programOf, traces } from './demo/trace-trees.mjs';

const SERVED = 'everybody has been served';
const WAIT_FOR_SPANS_MS = 15_000;

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;

/** Everything that runs; ended whatever happens. */
const running = [];

function start(name, args, env, onLine) {
  const program = new Program(name, args, env, onLine);
  running.push(program);
  return program;
}

const showLine = (line) => print(dim(`    ${line}`));

async function runSingleUserAgent(receiver) {
  const env = environment(receiver, { OTEL_SERVICE_NAME: 'single-user-agent', MCP_USER_ID: 'maria' });
  await start('single-user-agent', [PROGRAMS.singleUserAgent], env, showLine).finish();
}

/** @returns the server's address */
async function startEverything(receiver) {
  const env = environment(receiver, { OTEL_SERVICE_NAME: 'server-everything', PORT: '0' });
  const args = ['--require', PROGRAMS.loopbackOnly, PROGRAMS.everything, 'streamableHttp'];
  const server = start('server-everything', args, env);
  const [, address] = await server.says(/listening on (127\.0\.0\.1:\d+)/);
  return `http://${address}/mcp`;
}

/** Starts the agent that serves several users, and waits until it has served each of them once. */
async function startMultiUserAgent(receiver, url, metricsPort) {
  const env = environment(receiver, {
    OTEL_SERVICE_NAME: 'multi-user-agent',
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
  });
  const args = [PROGRAMS.multiUserAgent, '--server', url, '--every', '5'];
  let agent;
  const served = new Promise((resolve) => {
    let isFirstRound = true;
    agent = start('multi-user-agent', args, env, (line) => {
      if (isFirstRound) showLine(line);
      if (line !== SERVED) return;
      isFirstRound = false;
      resolve();
    });
  });
  await Promise.race([served, agent.mustRun()]);
  return agent;
}

const isOverHttp = (lines) => lines.some(({ span }) => programOf(span) === 'multi-user-agent');

function printResult(spans, page, pageUrl) {
  const all = traces(spans);
  heading('Traces over stdio: single-user-agent and the servers it starts');
  printTraces(all.filter((lines) => !isOverHttp(lines)));
  heading('Traces over HTTP: multi-user-agent, four users on one connection');
  printTraces(all.filter(isOverHttp));
  heading(`Metrics of multi-user-agent, from its Prometheus page ${pageUrl}`);
  printPage(page);
}

function printWhereToGo(receiver) {
  heading('See it in Jaeger');
  if (endpoint === undefined) {
    print('  docker run --rm -p 16686:16686 -p 4318:4318 jaegertracing/jaeger:latest');
    print('  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 npm run demo');
    print('  then open http://localhost:16686 and search for the service single-user-agent');
    print(
      dim('  Without docker: the jaeger binary from https://www.jaegertracing.io/download/ runs as it is.'),
    );
  } else if (receiver.forwardFailure === undefined) {
    print(`  everything was sent to ${endpoint} too: search there for the service single-user-agent`);
  } else {
    print(red(`  ${endpoint} did not take it: ${receiver.forwardFailure}`));
  }
}

/** Runs until it is interrupted, or fails when the agent ends. */
async function keepRunning(agent, pageUrl) {
  heading('Kept running');
  print('  multi-user-agent serves its users every 5 s; Ctrl-C ends it');
  print(`  Metrics page: ${cyan(pageUrl)}`);
  await Promise.race([interrupted, agent.mustRun()]);
}

async function demo(receiver) {
  print(bold('opentelemetry-instrumentation-mcp: real agents, real MCP servers, no change to either'));
  print(dim(`NODE_OPTIONS="--require ${PRELOAD}", Node ${process.versions.node}`));
  heading('1/3  single-user-agent (CommonJS) starts server-filesystem and server-everything over stdio');
  await runSingleUserAgent(receiver);
  heading('2/3  multi-user-agent (ESM) uses server-everything over streamable HTTP');
  const url = await startEverything(receiver);
  const port = await freePort();
  const pageUrl = `http://127.0.0.1:${port}/metrics`;
  const agent = await startMultiUserAgent(receiver, url, port);
  const page = await readPage(pageUrl);
  heading('3/3  collecting what the five processes exported');
  const isAllThere = (spans) => isComplete(spans) && claims(spans, page).every(([holds]) => holds);
  await receiver.until(isAllThere, WAIT_FOR_SPANS_MS);
  receiver.keeping = false;
  const { spans } = receiver;
  print(dim(`    ${spans.length} spans in ${traces(spans).length} traces`));
  printResult(spans, page, pageUrl);
  printWhereToGo(receiver);
  heading('What was checked');
  if (!printClaims(claims(spans, page))) throw new Error('it did not see everything that it should');
  if (options.keep) return keepRunning(agent, pageUrl);
  agent.closeInput();
  return agent.finish();
}

if (!existsSync(PRELOAD)) {
  process.stderr.write('The package is not built yet: npm run build\n');
  process.exit(1);
}
let interrupt;
const interrupted = new Promise((resolve) => {
  interrupt = resolve;
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupt(signal));

const receiver = await startReceiver(endpoint);
try {
  await Promise.race([
    demo(receiver),
    interrupted.then((signal) => {
      if (!options.keep) throw new Error(`interrupted by ${signal}`);
    }),
  ]);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`\n${red(`The demo failed: ${error.message}`)}\n`);
} finally {
  await Promise.all(running.map((program) => program.stop()));
  receiver.close();
}
