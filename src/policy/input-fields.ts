/** What arguments, results and tool definitions may hold. */
import { z } from 'zod';

import { absoluteFolder, mode, name, ownPath, text } from './values';

export const paths = z.strictObject({
  args: z
    .array(z.string().min(1))
    .default(['path', '**.path', '*_path', 'file', 'filename', 'directory', 'paths', 'uri'])
    .describe('Names of arguments that hold paths, with `**.` before them at any depth.'),
  root: absoluteFolder
    .optional()
    .describe('Folder that paths must stay in.')
    .meta({ 'x-default': '`MCP_FILESYSTEM_SAFE_ROOT`' }),
  extensions: z
    .array(text(/^\.[^\s./\\]{1,32}$/, 'an extension with its dot, such as .txt'))
    .min(1)
    .optional()
    .describe('Extensions that a file may have.')
    .meta({ 'x-default': 'any' }),
  follow_symlinks: z
    .enum(['check', 'ignore'])
    .default('check')
    .describe('`check`: links on this machine may not lead out of the root either.'),
  deny: z
    .array(z.string().min(1))
    .default([])
    .describe('Globs over the normalised path that are denied everywhere.'),
  mode,
});

export const urls = z.strictObject({
  args: z
    .array(z.string().min(1))
    .default(['url', '**.url', 'uri', '**.uri'])
    .describe('Names of arguments that hold URLs.'),
  schemes: z
    .array(text(/^[a-z][a-z0-9+.-]*$/, 'a scheme without its colon, such as https'))
    .min(1)
    .default(['https'])
    .describe('Schemes that may be used.'),
  deny_private: z
    .boolean()
    .default(true)
    .describe('Denies addresses of private and reserved ranges, and names that stand for this machine.'),
  allow: z
    .array(text(/^[^\s/@]+$/, 'a host name without scheme and path, such as *.example.org'))
    .min(1)
    .optional()
    .describe('Globs over host names that may be reached.')
    .meta({ 'x-default': 'all' }),
  mode,
});

const PLACES = ['arguments', 'results', 'tool_definitions'] as const;

const pattern = z.strictObject({
  id: name.describe('Name of the pattern in decisions and audit lines.'),
  regex: z.string().min(1).describe('Regular expression in RE2 syntax, which costs linear time.'),
  mode,
});

export const content = z.strictObject({
  hidden_characters: z
    .enum(['deny', 'strip', 'observe'])
    .default('deny')
    .describe(
      'What is done about invisible and bidirectional characters. `strip` takes them out of a copy, under `enforce` alone: every guard decides about what goes out. Names of tools are never stripped, and what a server asks is denied.',
    ),
  in: z
    .array(z.enum(PLACES))
    .min(1)
    .default([...PLACES])
    .describe(
      'Where they, and the patterns, are looked for. Of one call, result or definition 4,194,304 characters are looked at, and 262,144 by each pattern; of what is longer the guard cannot tell (`scan_limit`), and `on_error` decides. A definition that is denied is taken out of its list.',
    ),
  patterns: z.array(pattern).default([]).describe('Regular expressions that no string may match.'),
  mode,
});

export const toolsPin = z.strictObject({
  file: ownPath.describe(
    'Lock file with the digest of every tool definition (SHA-256 of the canonical JSON of name, title, description, schemas and annotations), by server; servers stand in it by the hash of their command or URL. Written by `on_new: allow`, under `observe` too; a file that changes is read again within a second.',
  ),
  on_change: z
    .enum(['deny', 'observe'])
    .default('deny')
    .describe(
      'What is done about a tool whose definition changed; `deny` takes it out of lists and denies its calls.',
    ),
  on_new: z
    .enum(['deny', 'observe', 'allow'])
    .default('observe')
    .describe(
      'What is done about a tool that the file does not know, and about the call of one that no list has shown in this process.',
    ),
  mode,
});
