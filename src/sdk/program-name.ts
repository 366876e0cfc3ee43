/**
 * The npm package or script that a command line runs.
 *
 * Arguments may hold secrets, so a word is shown only where it is certain to be the program: what follows an option that
 * is not known here may be that option's value, and then the name is that of the command itself.
 */

export interface Program {
  readonly name: string;
  /** Whether the command line says more than which program to run. */
  readonly hasFurtherArguments: boolean;
}

interface Launcher {
  /** Options without a value. */
  readonly bare: ReadonlySet<string>;
  /** Options whose value is the next word. */
  readonly valued: ReadonlySet<string>;
  /** The program's name in the word that names it. */
  readonly nameIn: (word: string) => string | undefined;
}

const PACKAGE_NAME = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?=@|$)/i;
const SCRIPT_NAME = /[^/\\]+\.(?:[cm]?[jt]sx?|py|rb|php|jar)$/i;
const INSTALLED_PACKAGE = /node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)[/\\](?!.*node_modules)/;

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const PACKAGE_LAUNCHER: Launcher = {
  bare: words('-y --yes -q --quiet -s --silent --no-install --prefer-offline --offline --'),
  valued: words('-p --package -c --call --from --python'),
  nameIn: (word) => PACKAGE_NAME.exec(word)?.[0],
};

const INTERPRETER: Launcher = {
  bare: words(
    '--enable-source-maps --no-warnings --expose-gc --inspect --inspect-brk -u -B -O -I -s -jar run',
  ),
  valued: words('-r --require --import --loader --experimental-loader --env-file -C --conditions -W -X'),
  nameIn: (word) => INSTALLED_PACKAGE.exec(word)?.[1]?.replace('\\', '/') ?? SCRIPT_NAME.exec(word)?.[0],
};

/** Words of package managers after which the package to run comes; runners such as `npx` need none. */
const RUN_WORDS: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  npm: words('exec x'),
  pnpm: words('dlx exec x'),
  yarn: words('dlx'),
  bun: words('x'),
};
const PACKAGE_RUNNERS = words('npx bunx pnpx uvx');

export function findProgram(command: string, args: readonly string[]): Program {
  const base = baseName(command).replace(/\.(?:exe|cmd|bat)$/i, '');
  // A command may have any name, that of a property of every object too.
  const runWords = Object.hasOwn(RUN_WORDS, base) ? RUN_WORDS[base] : undefined;
  const runs = runWords !== undefined && runWords.has(args[0] ?? '');
  const launcher = runs || PACKAGE_RUNNERS.has(base) ? PACKAGE_LAUNCHER : INTERPRETER;
  const index = programIndex(args, launcher, runs ? 1 : 0);
  const name = index === undefined ? undefined : launcher.nameIn(args[index] as string);
  const isSaid = (arg: string, at: number) =>
    (name !== undefined && at === index) || (runs && at === 0) || launcher.bare.has(arg);
  return { name: name ?? base, hasFurtherArguments: !args.every(isSaid) };
}

/** Position of the first word that is certain to be neither an option nor an option's value. */
function programIndex(args: readonly string[], { bare, valued }: Launcher, from: number): number | undefined {
  for (let index = from; index < args.length; index += 1) {
    const arg = args[index] as string;
    if (bare.has(arg) || /^-[^=]+=/.test(arg)) continue;
    if (valued.has(arg)) index += 1;
    else return arg.startsWith('-') ? undefined : index;
  }
  return undefined;
}

function baseName(path: string): string {
  return path.split(/[/\\]/).pop() || path;
}
