/** `songbatch completion`: a script by which a shell completes command lines of songbatch. */
import { Argument, type Command } from 'commander';
import type { Shell } from '../actions/completion.ts';
import type { Invocation } from '../invocation.ts';

const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

export function addCompletionCommand(program: Command, { terminal }: Invocation): void {
  program
    .command('completion')
    .summary('print a script for your shell, which then completes commands, flags and files')
    .description(
      'Prints a script by which a shell completes command lines of songbatch: commands, flags, their choices, manifests and folders. It is made for this version: print it again after an update. Completing starts no songbatch.',
    )
    .addArgument(new Argument('<shell>', 'whose script it is').choices(shells))
    .addHelpText(
      'after',
      `
For every new shell:
  bash  songbatch completion bash > ~/.local/share/bash-completion/completions/songbatch
        (without the package bash-completion: source that file in ~/.bashrc)
  zsh   songbatch completion zsh > ~/.zsh/_songbatch
        (in ~/.zshrc, before compinit: fpath+=(~/.zsh))
  fish  songbatch completion fish > ~/.config/fish/completions/songbatch.fish

Examples:
  source <(songbatch completion bash)          for this shell only; zsh too
  songbatch completion fish | source`,
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../actions/completion.ts');
      terminal.print(completionScript(shell, program));
    });
}
