/** Finds what a source file imports: enough of the grammar for this code base, proven by `test/architecture.test.ts`. */

export interface Import {
  readonly specifier: string;
  /** Only types: nothing is loaded at run time. */
  readonly typeOnly: boolean;
}

const QUOTED = String.raw`['"]([^'"\n]+)['"]`;
const STATEMENT = new RegExp(
  String.raw`\b(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?${QUOTED}`,
  'g',
);
const CALL = new RegExp(
  String.raw`(\btypeof\s+|\bimport\s+type\s+\w+\s*=\s*)?\b(?:import|require|createRequire\([^)]*\)|require\.resolve)\s*\(\s*${QUOTED}`,
  'g',
);

/** Comments of whole lines are left out: examples in them are no imports. */
export function importsOf(source: string): Import[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const found: Import[] = [];
  for (const [, type, specifier] of code.matchAll(STATEMENT)) found.push(made(specifier, type));
  for (const [, type, specifier] of code.matchAll(CALL)) found.push(made(specifier, type));
  return found;
}

function made(specifier: string | undefined, type: string | undefined): Import {
  return { specifier: specifier ?? '', typeOnly: type !== undefined };
}
