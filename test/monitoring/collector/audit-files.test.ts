/**
 * collector-audit.yaml: every line of the audit log arrives once and unchanged, over new files, a restart of the Collector and
 * its crash, and what arrived can be verified.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { auditKeys } from '../../../src/audit/keys';
import { newRecord } from '../../../src/audit/record';
import type { AuditRecord } from '../../../src/audit/schema';
import { verifyAudit } from '../../../src/audit/verify';
import { AuditWriter } from '../../../src/audit/writer';
import { COLLECTOR_FILES, startCollector, type Collector } from '../../../tools/stack/collector';
import { component } from '../../real/support/component';
import { startOtlpReceiver, type ReceivedLog } from '../../support/otlp-receiver';
import { endAfter } from './support/ends';
import { commandsIn, shipped } from './support/shipped';

const FILE = 'collector-audit.yaml';
const SECRET = Buffer.alloc(32, 7);
/** Small, so that there are many files. */
const ROTATE_BYTES = 65_536;
const ROUNDS = 12;
const LINES_A_ROUND = 20;
const EVENTS = ['mcp_tool_call', 'mcp_access_denied', 'mcp_security_alert'] as const;
const FOUND = ['low', 'medium', 'high', 'critical'] as const;
let found = 0;

/** As the header says: the first command's flags but for its files. */
const ARGUMENTS =
  commandsIn(shipped(FILE).header, 'otelcol-contrib')[0]?.filter((flag) =>
    flag.startsWith('--feature-gates'),
  ) ?? [];

/** Two audit logs, one in files of its own and one among the lines of another program. */
class Logs {
  readonly dir: string;
  readonly log: string;
  readonly #writers: readonly AuditWriter[];
  #written = 0;

  constructor(readonly folder: string) {
    this.dir = join(folder, 'audit');
    this.log = join(folder, 'autonomous_run.log');
    mkdirSync(this.dir);
    writeFileSync(this.log, 'an agent starts\n');
    const options = {
      fsync: 'none',
      rotateBytes: ROTATE_BYTES,
      keys: auditKeys(SECRET),
      start: () => ({ policy_digest: '0123456789ab', package_version: '0.0.0' }),
    } as const;
    this.#writers = [
      new AuditWriter({ ...options, dir: this.dir, prefix: '' }),
      new AuditWriter({ ...options, file: this.log, prefix: 'MCP_AUDIT: ' }),
    ];
  }

  write(lines: number): void {
    for (let line = 0; line < lines; line += 1) {
      this.#written += 1;
      for (const writer of this.#writers) writer.write(this.#record());
      appendFileSync(this.log, `{"level":"info","message":"not ours ${this.#written}"}\n`);
    }
  }

  #record(): ReturnType<typeof newRecord> {
    const event = EVENTS[this.#written % EVENTS.length] ?? EVENTS[0];
    return Object.assign(newRecord(event), {
      tool_name: 'read_file',
      user_id: `user-${this.#written}`,
      success: this.#written % 2 === 0,
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      ...(event === 'mcp_security_alert' && {
        finding: { rule: 'any', severity: FOUND[found++ % FOUND.length] },
      }),
      // Lines of all lengths, up to more than a page, with what a pattern would mask.
      result: `password=hunter2 ${'x'.repeat((this.#written * 37) % 9_000)}`,
    });
  }

  close(): void {
    for (const writer of this.#writers) writer.close();
  }

  /** Every line of both, with the file's name before it. */
  lines(): string[] {
    const files = readdirSync(this.dir).map((name) => join(this.dir, name));
    return [...files, this.log].flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && (file !== this.log || line.startsWith('MCP_AUDIT:')))
        .map((line) => `${basename(file)} ${line}`),
    );
  }
}

interface Arrived {
  readonly body: string;
  readonly file: string;
}

/** What the file exporter wrote. */
function copied(storage: string): Arrived[] {
  const folder = join(storage, 'logs');
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => logRecords(JSON.parse(line) as OtlpLogs)),
  );
}

interface OtlpLogs {
  resourceLogs: {
    scopeLogs: {
      logRecords: {
        body: { stringValue: string };
        attributes: { key: string; value: { stringValue?: string } }[];
      }[];
    }[];
  }[];
}

function logRecords({ resourceLogs }: OtlpLogs): Arrived[] {
  const records = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((scope) => scope.logRecords));
  return records.map(({ body, attributes }) => ({
    body: body.stringValue,
    file: attributes.find(({ key }) => key === 'log.file.name')?.value.stringValue ?? '',
  }));
}

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-files-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where lines arrive. */
interface Destination {
  readonly env: Readonly<Record<string, string>>;
  arrived(storage: string): Arrived[];
}

const COPY: Destination = { env: {}, arrived: copied };

async function overOtlp(context: TestContext): Promise<Destination> {
  const backend = await startOtlpReceiver();
  context.after(() => backend.close());
  return {
    env: { MCP_AUDIT_EXPORTERS: '[otlp_http/audit]', MCP_AUDIT_OTLP_ENDPOINT: backend.url },
    arrived: () =>
      backend.logs.map(({ body, attributes }) => ({
        body: body as string,
        file: attributes['log.file.name'] as string,
      })),
  };
}

/** The Collector is ended by each signal in turn while lines are written, and started again. */
async function throughInterruptions(
  context: TestContext,
  signals: readonly NodeJS.Signals[],
  destination: Destination,
): Promise<{ arrived: Arrived[]; expected: string[] } | undefined> {
  const folder = folderOf(context);
  const storage = join(folder, 'storage');
  const logs = new Logs(folder);
  const env = { MCP_AUDIT_DIR: logs.dir, MCP_AUDIT_LOG: logs.log, ...destination.env };
  const start = async (): Promise<Collector> =>
    endAfter(context, await startCollector({ config: FILE, args: ARGUMENTS, env, storage }));
  const writeOn = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      logs.write(LINES_A_ROUND);
      await pause(20);
    }
  };
  // There before the Collector is, while it runs, while it is away, and then.
  logs.write(LINES_A_ROUND);
  let collector = await component(context, start);
  if (collector === undefined) return undefined;
  for (const signal of signals) {
    await writeOn();
    await collector.stop(signal);
    logs.write(LINES_A_ROUND);
    collector = await start();
  }
  await writeOn();
  logs.close();
  const expected = logs.lines();
  const different = (): number => new Set(destination.arrived(storage).map(named)).size;
  await collector.eventually('every line has arrived', () => different() >= expected.length);
  // Whether more come than there are.
  await pause(1_000);
  return { arrived: destination.arrived(storage), expected };
}

async function verifyCopy(context: TestContext, arrived: readonly Arrived[]): Promise<void> {
  const copy = join(folderOf(context), 'copy');
  mkdirSync(copy);
  for (const { file, body } of arrived) appendFileSync(join(copy, file), `${body}\n`);
  const { isIntact, problems, records } = await verifyAudit([copy], { secret: SECRET });
  assert.ok(isIntact, JSON.stringify(problems));
  assert.equal(records, arrived.length);
}

const sorted = (lines: readonly string[]): string[] => lines.toSorted((a, b) => a.localeCompare(b));
const named = ({ file, body }: Arrived): string => `${file} ${body}`;

void test('the number of lines is equal over new files and a restart, and the chain is whole', async (context) => {
  const run = await throughInterruptions(context, ['SIGTERM', 'SIGTERM'], COPY);
  if (run === undefined) return;
  const { arrived, expected } = run;
  assert.ok(new Set(arrived.map(({ file }) => file)).size > 10, 'there were new files');
  assert.equal(arrived.length, expected.length);
  assert.deepEqual(sorted(arrived.map(named)), sorted(expected));
  await verifyCopy(context, arrived);
});

void test('a crash loses no line', async (context) => {
  const run = await throughInterruptions(
    context,
    ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL'],
    await overOtlp(context),
  );
  if (run === undefined) return;
  const unique = new Map(run.arrived.map((line) => [named(line), line]));
  assert.deepEqual(sorted([...unique.keys()]), sorted(run.expected));
  const seqOf = ({ body }: Arrived): number =>
    (JSON.parse(body.slice(body.indexOf('{'))) as AuditRecord).seq ?? 0;
  // A batch that was under way when the crash came is sent again later.
  await verifyCopy(
    context,
    [...unique.values()].toSorted((a, b) => seqOf(a) - seqOf(b)),
  );
});

void test('a line is a log record with its fields, its time, its severity and its trace', async (context) => {
  const folder = folderOf(context);
  const logs = new Logs(folder);
  const backend = await startOtlpReceiver();
  context.after(() => backend.close());
  const env = {
    MCP_AUDIT_DIR: logs.dir,
    MCP_AUDIT_LOG: logs.log,
    MCP_AUDIT_EXPORTERS: '[file/audit, otlp_http/audit]',
    MCP_AUDIT_OTLP_ENDPOINT: backend.url,
  };
  // On top of collector.yaml, as its header says.
  const config = [...COLLECTOR_FILES, FILE];
  const collector = await component(context, () => startCollector({ config, args: ARGUMENTS, env }));
  if (collector === undefined) return;
  endAfter(context, collector);
  // Findings of every severity.
  logs.write(12);
  logs.close();
  const expected = logs.lines();
  await backend.waitFor((receiver) => receiver.logs.length >= expected.length, 15_000);
  assert.deepEqual(
    sorted(
      backend.logs.map(
        ({ body, attributes }) => `${attributes['log.file.name'] as string} ${body as string}`,
      ),
    ),
    sorted(expected),
  );
  for (const log of backend.logs) assertFields(log);
});

const [INFO, WARN, ERROR, FATAL] = [9, 13, 17, 21] as const;

const SEVERITIES: Readonly<Record<string, number>> = {
  audit_start: INFO,
  audit_end: INFO,
  'mcp_tool_call true': INFO,
  'mcp_tool_call false': ERROR,
  'mcp_access_denied true': WARN,
  'mcp_access_denied false': WARN,
  'finding low': INFO,
  'finding medium': WARN,
  'finding high': ERROR,
  'finding critical': FATAL,
};

function kindOf({ event, success, finding }: AuditRecord): string {
  if (finding !== undefined) return `finding ${finding.severity}`;
  return success === undefined ? event : `${event} ${success}`;
}

function assertFields({ body, attributes, severity, traceId, spanId, eventName }: ReceivedLog): void {
  const text = body as string;
  const record = JSON.parse(text.slice(text.indexOf('{'))) as AuditRecord;
  for (const [field, value] of Object.entries(record))
    assert.deepEqual(attributes[`mcpguard.audit.${field}`], value, field);
  assert.equal(eventName, 'mcpguard.audit.record');
  const kind = kindOf(record);
  assert.equal(severity, SEVERITIES[kind], kind);
  if (record.trace_id === undefined) return;
  assert.deepEqual([traceId, spanId], [record.trace_id, record.span_id]);
}
