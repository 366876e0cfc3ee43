/** Completion scripts, made from the command table. */
import type { Command, CommandOption } from '../command';
import { COMMANDS } from '../commands';
import { COMMON_OPTIONS } from '../help';
import type { Shell } from './completion';

/** @returns the script, without the last line break */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

/** What may come after the words typed so far: options of a command, or the next word of one. */
interface Place {
  /** Words before, without the program's name. */
  readonly path: string;
  readonly words: readonly Word[];
}

interface Word {
  readonly text: string;
  readonly what: string;
}

function places(): Place[] {
  const names = Object.keys(COMMANDS);
  const groups = [...new Set(names.filter((name) => name.includes(' ')).map((name) => name.split(' ')[0]!))];
  const first = names
    .filter((name) => !name.includes(' '))
    .map((name) => ({ text: name, what: COMMANDS[name]!.summary }));
  const ofGroup = (group: string): Place => ({
    path: group,
    words: names
      .filter((name) => name.startsWith(`${group} `))
      .map((name) => ({ text: name.split(' ')[1]!, what: COMMANDS[name]!.summary })),
  });
  return [
    {
      path: '',
      words: [...first, ...groups.map((group) => ({ text: group, what: `commands: ${group} …` }))],
    },
    ...groups.map(ofGroup),
    ...Object.entries(COMMANDS).map(([name, command]) => ({ path: name, words: optionWords(command) })),
  ];
}

function optionWords(command: Command): Word[] {
  const options: Readonly<Record<string, CommandOption>> = { ...command.options, help: COMMON_OPTIONS.help };
  return Object.entries(options).map(([name, { description }]) => ({ text: `--${name}`, what: description }));
}

/** Options with a closed list of values, as `command --option`. */
function choices(): { readonly path: string; readonly values: readonly string[] }[] {
  return Object.entries(COMMANDS).flatMap(([name, { options }]) =>
    Object.entries(options).flatMap(([option, { choices: values }]) =>
      values === undefined ? [] : [{ path: `${name} --${option}`, values }],
    ),
  );
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function bash(): string {
  const cases = (rows: readonly (readonly [string, string])[], indent: string): string[] =>
    rows.map(([path, words]) => `${indent}${quoted(path)}) words=${quoted(words)} ;;`);
  return [
    '# bash completion of otel-mcp',
    '_otel_mcp() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    [[ $word == -* ]] && break',
    '    case "${path:+$path }$word" in',
    `      ${places()
      .map(({ path }) => path)
      .filter((path) => path !== '')
      .map(quoted)
      .join('|')}) path="\${path:+$path }$word" ;;`,
    '      *) break ;;',
    '    esac',
    '  done',
    '  case "$path $previous" in',
    ...cases(
      choices().map(({ path, values }) => [path, values.join(' ')] as const),
      '    ',
    ),
    '  esac',
    '  if [[ -z $words ]]; then',
    '    case "$path" in',
    ...cases(
      places().map(({ path, words }) => [path, words.map(({ text }) => text).join(' ')] as const),
      '      ',
    ),
    '    esac',
    '    # Files, where no option is begun and no further word of a command can come.',
    '    [[ $words == --* && $current != -* ]] && words=""',
    '  fi',
    '  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi',
    '}',
    'complete -o filenames -F _otel_mcp otel-mcp',
  ].join('\n');
}

/** As `_describe` takes it. */
const described = ({ text, what }: Word): string => quoted(`${text}:${what.replaceAll(':', ' ')}`);

function zsh(): string {
  return [
    '#compdef otel-mcp',
    '# zsh completion of otel-mcp',
    '_otel_mcp() {',
    '  local path="" word',
    '  local -a found',
    '  for word in "${(@)words[2,CURRENT-1]}"; do',
    '    [[ $word == -* ]] && break',
    '    path="${path:+$path }$word"',
    '  done',
    '  case "$path ${words[CURRENT-1]}" in',
    ...choices().map(({ path, values }) => `    ${quoted(path)}) compadd -- ${values.join(' ')}; return ;;`),
    '  esac',
    '  case "$path" in',
    ...places().map(({ path, words }) => `    ${quoted(path)}) found=(${words.map(described).join(' ')}) ;;`),
    '  esac',
    '  if [[ ${words[CURRENT]} == -* || ${found[1]} != --* ]]; then _describe command found; else _files; fi',
    '}',
    'compdef _otel_mcp otel-mcp',
  ].join('\n');
}

function fish(): string {
  const rows = Object.entries(COMMANDS).flatMap(([name, command]) => {
    const [first, second] = name.split(' ');
    const seen =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const options = { ...command.options, help: COMMON_OPTIONS.help };
    return Object.entries<CommandOption>(options).map(
      ([option, { description, type, choices: values }]) =>
        `complete -c otel-mcp -n ${quoted(seen)} -l ${option} -d ${quoted(description)}` +
        (type === 'string' ? ' -r' : '') +
        (values === undefined ? '' : ` -f -a ${quoted(values.join(' '))}`),
    );
  });
  const [root, ...groups] = places().filter(({ words }) => !words[0]!.text.startsWith('--'));
  return [
    '# fish completion of otel-mcp',
    ...root!.words.map(
      ({ text, what }) => `complete -c otel-mcp -n __fish_use_subcommand -f -a ${text} -d ${quoted(what)}`,
    ),
    ...groups.flatMap(({ path, words }) =>
      words.map(({ text, what }) => {
        const others = words.map((word) => word.text).join(' ');
        const seen = `__fish_seen_subcommand_from ${path}; and not __fish_seen_subcommand_from ${others}`;
        return `complete -c otel-mcp -n ${quoted(seen)} -f -a ${text} -d ${quoted(what)}`;
      }),
    ),
    ...rows,
  ].join('\n');
}
