/** `songbatch completion`: a script by which a shell completes command lines of songbatch. */
import { Argument, type Command } from 'commander';
import type { Shell } from '../actions/completion.ts';
import { labelsCommand } from '../completion/labels-command.ts';
import type { Invocation } from '../invocation.ts';

const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

export function addCompletionCommand(program: Command, invocation: Invocation): void {
  const { terminal, workingDirectory } = invocation;
  program
    .command('completion')
    .summary('print a script for your shell, which then completes commands, flags and files')
    .description(
      'Prints a script by which a shell completes command lines of songbatch: commands, flags, their choices, manifests and folders. It is made for this version: print it again after an update. A TAB starts songbatch only behind --only axis= and --skip axis=, where the labels of the manifest on the line are offered.',
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
  program
    .command(labelsCommand, { hidden: true })
    .argument('<manifest>')
    .argument('<axis>')
    .action(async (path: string, axis: string) => {
      const { labelChoices } = await import('../actions/label-choices.ts');
      for (const label of labelChoices(path, axis, workingDirectory)) terminal.print(label);
    });
}
