/** `docs/cli.md`, from the command table. */
import type { Command, CommandOption } from '../../src/cli/command';
import { EXIT } from '../../src/cli/command';
import { COMMANDS } from '../../src/cli/commands';
import { COMMON_OPTIONS, exitRows, optionRows, usage } from '../../src/cli/help';
import { code, GENERATED, page, table } from './markdown';

export function cliPage(): string {
  return page([
    GENERATED('src/cli/commands.ts and src/cli/commands/'),
    '# The `otel-mcp` command',
    'It comes with the package: `npx otel-mcp` where the package is installed. Results go to stdout, messages to stderr. ' +
      'Progress is shown where stderr is a terminal, colour where stdout is one and neither `NO_COLOR` nor `TERM=dumb` is set.',
    table(['command', 'what it does'], Object.entries(COMMANDS).map(row)),
    `Every command takes ${code('--help')} and ${code('--version')}. The exit code is ${EXIT.ok} when all is well and ${EXIT.usage} when the command ` +
      'line is wrong; codes between say what was found, as below. They are stable.',
    ...Object.entries(COMMANDS).flatMap(([name, command]) => section(name, command)),
  ]);
}

const INDENT = '  ';

const anchor = (name: string): string => `otel-mcp-${name.replaceAll(' ', '-')}`;

function row([name, { summary }]: [string, Command]): string[] {
  return [`[${code(name)}](#${anchor(name)})`, summary];
}

function section(name: string, command: Command): string[] {
  const { description, exitCodes = {}, examples } = command;
  const options: Record<string, CommandOption> = { ...command.options, help: COMMON_OPTIONS.help };
  return [
    `## otel-mcp ${name}`,
    fence('text', [usage(name, command)]),
    ...prose(description),
    table(
      ['option', 'meaning'],
      optionRows(options).map(([typed, meaning]) => [code(typed.trim()), meaning]),
    ),
    ...(Object.keys(exitCodes).length === 0
      ? []
      : [
          table(
            ['exit code', 'meaning'],
            exitRows(exitCodes).map((cells) => [...cells]),
          ),
        ]),
    fence(
      'sh',
      examples.flatMap(({ line, what }) => [`# ${what}`, line]),
    ),
  ];
}

/** Paragraphs as they are; what is set in, such as an example of a file, as it stands. */
function prose(description: string): string[] {
  const blocks: { isSetIn: boolean; lines: string[] }[] = [];
  for (const line of description.split('\n')) {
    const isSetIn = line.startsWith(INDENT);
    const last = blocks.at(-1);
    if (last?.isSetIn === isSetIn) last.lines.push(line);
    else blocks.push({ isSetIn, lines: [line] });
  }
  return blocks.map(({ isSetIn, lines }) => {
    return isSetIn
      ? fence(
          'text',
          lines.map((line) => line.slice(INDENT.length)),
        )
      : lines.join(' ');
  });
}

function fence(language: string, lines: readonly string[]): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n');
}
