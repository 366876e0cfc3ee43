import type { Command } from '../command';
import { UsageError } from '../command';
import type * as Script from './completion-script';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const completion: Command = {
  summary: 'print a script that completes commands and options in a shell',
  description: 'The script knows the commands and options of this version: print it again after an update.',
  operands: `<${SHELLS.join('|')}>`,
  options: {},
  examples: [
    { line: 'otel-mcp completion bash > /etc/bash_completion.d/otel-mcp', what: 'bash' },
    { line: 'otel-mcp completion zsh > "${fpath[1]}/_otel-mcp"', what: 'zsh' },
    { line: 'otel-mcp completion fish > ~/.config/fish/completions/otel-mcp.fish', what: 'fish' },
  ],
  run({ positionals }) {
    const shell = SHELLS.find((one) => one === positionals[0]);
    if (shell === undefined || positionals.length > 1) {
      throw new UsageError(`'completion' needs one of ${SHELLS.join(', ')}`);
    }
    return (require('./completion-script') as typeof Script).completionScript(shell);
  },
};
