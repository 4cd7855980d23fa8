/** The work of `songbatch completion`. */
import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { grammarOf, type Grammar } from '../completion/grammar.ts';
import { zshScript } from '../completion/zsh.ts';

const scripts: Readonly<Record<'bash' | 'zsh' | 'fish', (grammar: Grammar) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export type Shell = keyof typeof scripts;

export function completionScript(shell: Shell, program: Command): string {
  return scripts[shell](grammarOf(program));
}
