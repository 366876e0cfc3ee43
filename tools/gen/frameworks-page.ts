/** `docs/frameworks.md`: what the table of frameworks says, and what its last full run showed. */
import { cellsOf, loadRows, type NamedRow } from '../../test/frameworks/cells';
import { readResults, type Result } from '../../test/frameworks/results';
import { NAME } from '../../src/version';
import { code, GENERATED, page, table } from './markdown';
import { BARE_CLIENTS, MEASURED, OUT_OF_PROCESS } from './frameworks-text';

const FORMATS: Readonly<Record<string, string>> = { cjs: 'CommonJS', esm: 'ESM' };

export function frameworksPage(): string {
  const rows = loadRows();
  const results = readResults();
  const tested = rows.filter(({ row }) => row.versions.length > 0);
  const section = (role: string): string =>
    table(
      ['package', 'tested', 'MCP implementation', 'traced'],
      tested.filter(({ row }) => row.role === role).map((one) => testedRow(one, results)),
    );
  return page([
    GENERATED('the rows and `results.json` in test/frameworks'),
    '# Frameworks',
    `Which frameworks ${code(`--require ${NAME}/register`)} traces, measured with each of them, and what it leaves out. ${BARE_CLIENTS}`,
    MEASURED,
    summary(results),
    '## Clients',
    section('client'),
    '## Servers',
    section('server'),
    '## What is not traced',
    table(['package', 'not traced', 'instead'], tested.flatMap(notTraced)),
    '## In a process without our preload',
    OUT_OF_PROCESS,
    table(
      ['package', 'where MCP runs', 'instead'],
      rows
        .filter(({ row }) => row.outOfProcess === true)
        .map(({ row }) => [code(row.package), row.notTraced ?? row.cannotRun ?? '', row.instead ?? '']),
    ),
    '## Not run',
    table(['package', 'why', 'instead'], rows.flatMap(notRun)),
  ]);
}

function summary(results: readonly Result[]): string {
  const count = (outcome: string): number => results.filter((one) => one.outcome === outcome).length;
  const failed = count('failed') === 0 ? '' : ` **${count('failed')} failed.**`;
  return `${count('passed')} combinations of package, version, Node, kind of module and preload flag passed.${failed}`;
}

function testedRow(named: NamedRow, results: readonly Result[]): string[] {
  const { row } = named;
  const own = results.filter((one) => one.row === named.name);
  const copies = [...new Set(own.flatMap((one) => one.copies))].map((copy) => copy.replace(/^@[^/]+\//, ''));
  const found = copies.length === 0 ? '' : ` (${copies.map(code).join(', ')} installed)`;
  const run = row.versions.filter(({ cannotRun }) => cannotRun === undefined);
  const specs = new Set(run.map(firstPackage));
  const tested = [...specs].map((spec) => specText(named, spec, own));
  return [code(row.package), tested.join('; '), `${row.copy}${found}`, row.traced];
}

const firstPackage = ({ packages }: { readonly packages: readonly string[] }): string => packages[0] ?? '';

const each = (list: readonly string[]): string =>
  [...new Set(list)].toSorted((a, b) => a.localeCompare(b)).join(' and ');

/** `1.1.4 with Node 20.20.2 and 26.10.0, CommonJS and ESM`, with a word on what did not pass. */
function specText({ name, row }: NamedRow, spec: string, results: readonly Result[]): string {
  const versions = row.versions.filter((one) => firstPackage(one) === spec && one.cannotRun === undefined);
  const wanted = cellsOf({ name, row: { ...row, versions } });
  const own = results.filter((one) => firstPackage(one) === spec && one.outcome !== 'cannot run');
  const nodes = each(wanted.map(({ node }) => node));
  const formats = each(wanted.map(({ format }) => FORMATS[format] ?? format));
  const failed = own.filter(({ outcome }) => outcome === 'failed').length;
  const missing = own.length === wanted.length ? '' : ' **(not run)**';
  const wrong = failed === 0 ? '' : ` **(${failed} of ${own.length} fail)**`;
  return `${spec.slice(spec.lastIndexOf('@') + 1)} with Node ${nodes}, ${formats}${missing}${wrong}`;
}

function notTraced({ row }: NamedRow): string[][] {
  if (row.notTraced === undefined || row.outOfProcess === true) return [];
  return [[code(row.package), row.notTraced, row.instead ?? '']];
}

function notRun({ row }: NamedRow): string[][] {
  if (row.outOfProcess === true) return [];
  const whole = row.cannotRun === undefined ? [] : [[code(row.package), row.cannotRun, row.instead ?? '']];
  const versions = row.versions
    .filter(({ cannotRun }) => cannotRun !== undefined)
    .map(({ packages, cannotRun }) => [code(packages[0] ?? ''), cannotRun ?? '', row.instead ?? '']);
  return [...whole, ...versions];
}
