/** Questions on a terminal, each with an answer that Enter takes. Asked on stderr: stdout is for results. */
import { createInterface } from 'node:readline';
import type { Answers } from './init-files.ts';
import { ciServices } from './init-files.ts';

/**
 * Asks until every answer is one that can be used. Undefined: whoever was asked has left (Ctrl-C, Ctrl-D).
 *
 * @param mistakeIn what is wrong with an answer, if anything
 */
export async function ask(
  usual: Answers,
  mistakeIn: (answers: Answers) => string | undefined,
): Promise<Answers | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Not `question`: it loses lines that were pasted ahead of it.
  const lines = terminal[Symbol.asyncIterator]();
  const question = async (
    text: string,
    instead: string,
    accept: (answer: string) => Answers | string,
  ): Promise<Answers | undefined> => {
    terminal.setPrompt(`${text} (${instead}): `);
    for (;;) {
      terminal.prompt();
      const line = await lines.next();
      if (line.done) return undefined;
      const typed = line.value.trim();
      const accepted = accept(typed === '' ? instead : typed);
      const wrong = typeof accepted === 'string' ? accepted : mistakeIn(accepted);
      if (wrong === undefined && typeof accepted !== 'string') return accepted;
      process.stderr.write(`${wrong}\n`);
    }
  };
  try {
    const named = await question('Name of the batch', usual.name, (name) => ({ ...usual, name }));
    if (!named) return undefined;
    const limited = await question('USD that a batch may cost', usual.budget, (budget) => ({
      ...named,
      budget,
    }));
    if (!limited) return undefined;
    return await question(`CI workflow: ${ciServices.join(', ')}`, usual.ci, (typed) => {
      const ci = ciServices.find((service) => service === typed.toLowerCase());
      return ci ? { ...limited, ci } : `choose one of ${ciServices.join(', ')}`;
    });
  } finally {
    terminal.close();
  }
}
