/** The shipped Collector files: what their headers say, and what is in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { COLLECTOR_FOLDER } from '../../../../tools/stack/collector';

export const VARIANTS = [
  'collector.yaml',
  'collector-audit.yaml',
  'collector-gateway-agent.yaml',
  'collector-gateway.yaml',
] as const;
/** What goes on top of one of them, and names parts of it. */
export const ADDITIONS = ['collector-hostmetrics.yaml'] as const;
export const JAEGER_FILE = 'jaeger/jaeger.yaml';

export type Section = Readonly<Record<string, unknown>>;

export interface Configuration {
  readonly receivers?: Section;
  readonly processors?: Section;
  readonly connectors?: Section;
  readonly exporters?: Section;
  readonly extensions?: Section;
  readonly service?: {
    readonly extensions?: readonly string[];
    readonly pipelines: Readonly<Record<string, { readonly processors?: readonly string[] }>>;
  };
}

export interface ShippedFile {
  readonly text: string;
  /** The comment at its beginning, without `# `. */
  readonly header: string;
  readonly config: Configuration;
}

export function shipped(name: string): ShippedFile {
  const text = readFileSync(join(COLLECTOR_FOLDER, name), 'utf8');
  const comment = /^(?:#.*\n)+/.exec(text)?.[0] ?? '';
  return { text, header: comment.replaceAll(/^# ?/gm, ''), config: parse(text) as Configuration };
}

const SECTIONS = ['receivers', 'processors', 'connectors', 'exporters', 'extensions'] as const;

/** `transform` of `transform/instance`, of everything that a file declares, and of the processors that it takes from elsewhere. */
export function typesIn(config: Configuration): string[] {
  const declared = SECTIONS.flatMap((section) => Object.keys(config[section] ?? {}));
  const pipelines = Object.values(config.service?.pipelines ?? {});
  const ids = [...declared, ...pipelines.flatMap(({ processors = [] }) => processors)];
  return [...new Set(ids.map((id) => id.replace(/\/.*$/, '')))].toSorted((a, b) => a.localeCompare(b));
}

/** What the header's `Components:` lists; it may go on over lines that begin with more spaces. */
export function typesInHeader(header: string): string[] {
  const list = /^Components: (.*(?:\n {2,}\S.*)*)/m.exec(header)?.[1] ?? '';
  return list
    .split(/[,\s]+/)
    .filter((type) => type !== '')
    .toSorted((a, b) => a.localeCompare(b));
}

/** Commands of the header: their arguments, continued lines joined. */
export function commandsIn(header: string, program: string): string[][] {
  const joined = header.replaceAll(/\\\n\s*/g, '');
  return [...joined.matchAll(new RegExp(`^ +${program} (.*)$`, 'gm'))].map(([, line = '']) =>
    line.trim().split(/ +/),
  );
}

/** Environment variables that a text reads. */
export function variablesIn(text: string): string[] {
  const found = [...text.matchAll(/\$\{env:(\w+)/g)].map(([, name = '']) => name);
  return [...new Set(found)].toSorted((a, b) => a.localeCompare(b));
}

/** The parts of a file that are what the Collector opens. */
export function endpointsIn(config: Configuration): { where: string; endpoint: string }[] {
  const found: { where: string; endpoint: string }[] = [];
  const walk = (node: unknown, where: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, inner] of Object.entries(node)) {
      const path = `${where}/${key}`;
      if ((key === 'endpoint' || key === 'host') && typeof inner === 'string')
        found.push({ where: path, endpoint: inner });
      else walk(inner, path);
    }
  };
  walk(config, '');
  return found;
}
