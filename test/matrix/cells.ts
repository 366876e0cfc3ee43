/** The axes of the support matrix, its cells, and why some of them cannot exist. */
import { isV2, type OtelLine } from '../support/installs';

/** Newest patch of every published 1.x minor: the patch of 1.0, 1.1, 1.2 and so on. */
const V1_PATCHES = '4 1 0 2 1 0 1 0 0 0 2 5 3 3 0 1 0 5 2 1 2 2 0 1 3 3 0 1 0 0 1 0 2'.split(' ');
const SDK_V1 = V1_PATCHES.map((patch, minor) => `1.${minor}.${patch}`);
/** Every stable release of the v2 packages, newest patches. */
const SDK_V2 = ['2.0.0', '2.1.0', '2.2.0', '2.3.1', '2.4.0'];
const NODES = ['20.6.1', '20.20.2', '22.12.0', '22.18.0', '22.23.3', '24.10.0', '24.21.0', '26.10.0'];
const OTEL: OtelLine[] = ['2.x', '3.x'];

export type ModuleKind = 'cjs' | 'esm';
export type Era = 'legacy' | 'auto';

export interface Cell {
  sdk: string;
  /** v2 only: how the client negotiates the protocol version. */
  era: Era | undefined;
  module: ModuleKind;
  node: string;
  otel: OtelLine;
  /** How our package is preloaded. ESM agents are started with either flag, by turns. */
  preload: 'installed-require' | 'installed-import';
  /** Why this cell cannot exist. */
  impossible: string | undefined;
}

export interface Filter {
  sdk?: string[] | undefined;
  node?: string[] | undefined;
  otel?: string[] | undefined;
  module?: string[] | undefined;
}

const minorOf = (version: string): number => Number(version.split('.')[1]);

/** Compares dotted versions by number. */
function atLeast(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) if (a?.[i] !== b?.[i]) return (a?.[i] ?? 0) > (b?.[i] ?? 0);
  return true;
}

function requiresEsm(node: string): boolean {
  return node.startsWith('20.') ? atLeast(node, '20.19.0') : atLeast(node, '22.12.0');
}

function whyImpossible(cell: Omit<Cell, 'impossible'>): string | undefined {
  if (cell.otel === '3.x' && !atLeast(cell.node, '22.15.0')) return 'OpenTelemetry 3.x needs Node 22.15';
  const esmOnly = !isV2(cell.sdk) && minorOf(cell.sdk) < 2;
  if (esmOnly && cell.module === 'cjs' && !requiresEsm(cell.node)) {
    return `SDK ${cell.sdk} has no CommonJS files and this Node no require(esm)`;
  }
  return undefined;
}

function everyCell(): Cell[] {
  const cells: Cell[] = [];
  for (const sdk of [...SDK_V1, ...SDK_V2]) {
    for (const era of isV2(sdk) ? (['legacy', 'auto'] as const) : [undefined]) {
      for (const node of NODES) {
        for (const module of ['cjs', 'esm'] as const) {
          for (const otel of OTEL) {
            const byImport = module === 'esm' && minorOf(sdk) % 2 === 0;
            const preload = byImport ? ('installed-import' as const) : ('installed-require' as const);
            const cell = { sdk, era, module, node, otel, preload };
            cells.push({ ...cell, impossible: whyImpossible(cell) });
          }
        }
      }
    }
  }
  return cells;
}

const passes = (wanted: string[] | undefined, value: string): boolean => wanted?.includes(value) ?? true;

/** All cells that the filter lets through: a missing list lets everything through. */
export function selectCells(filter: Filter): Cell[] {
  return everyCell().filter(
    (cell) =>
      passes(filter.sdk, cell.sdk) &&
      passes(filter.node, cell.node) &&
      passes(filter.otel, cell.otel) &&
      passes(filter.module, cell.module),
  );
}

const REPRESENTATIVE_SDKS = ['1.0.4', '1.4.1', '1.12.3', '1.24.3', '1.27.1', '1.32.2', '2.0.0', '2.4.0'];
const REPRESENTATIVE_NODES = ['20.20.2', '22.18.0', '24.21.0', '26.10.0'];

/**
 * The set that CI runs: oldest, version boundaries, newest, on the newest of each Node line and one where
 * `registerHooks` is unsafe. Every SDK meets every Node once, module kind and OpenTelemetry line taking turns; the
 * newest Node runs them all for the newest SDK of each major.
 */
export function representativeCells(): Cell[] {
  const candidates = selectCells({ sdk: REPRESENTATIVE_SDKS, node: REPRESENTATIVE_NODES });
  return candidates.filter((cell) => {
    if (cell.node === '26.10.0' && (cell.sdk === '1.32.2' || cell.sdk === '2.4.0')) return true;
    const row = REPRESENTATIVE_SDKS.indexOf(cell.sdk) + (cell.era === 'auto' ? 1 : 0);
    const turn = row + REPRESENTATIVE_NODES.indexOf(cell.node);
    const otel = cell.node.startsWith('20.') || turn % 4 < 2 ? '2.x' : '3.x';
    return cell.module === (turn % 2 === 0 ? 'cjs' : 'esm') && cell.otel === otel;
  });
}
