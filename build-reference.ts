/**
 * Writes `docs/reference/`: a page about every command, made from what `--help` prints, and one about
 * each kind of file, made from its JSON Schema. A test holds the pages against what this would write.
 */
import { rmSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { schemaPage } from './build-reference-schema.ts';
import { createProgram } from './src/cli/program.ts';
import { processTerminal } from './src/cli/terminal.ts';
import { schemaNames, schemaText } from './src/schemas/text.ts';

const folder = new URL('docs/reference/', import.meta.url);
const generated =
  '<!-- Made by `npm run reference` from the schemas and the command line: change those. -->';

/** The pages by the names of their files. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const options = await resolveConfig(new URL('README.md', folder));
  const pages = [
    ['commands.md', commandsPage()],
    ...schemaNames.map((name) => [`${name}.md`, schemaPage(name, schemaText(name))]),
  ] as const;
  const formatted = pages.map(async ([name, text]): Promise<[string, string]> => [
    name,
    await format(`${generated}\n\n${text}`, { ...options, parser: 'markdown' }),
  ]);
  return new Map(await Promise.all(formatted));
}

function commandsPage(): string {
  const program = createProgram({
    terminal: processTerminal({}),
    tell: () => undefined,
    environment: {},
    fromEnvFiles: new Map(),
    workingDirectory: '/',
    version: '0.0.0',
    exitWith: () => undefined,
    keepLog: () => undefined,
  });
  return ['# Commands', helpBlock(program), ...sectionsBelow(program, 'songbatch', '##')].join(
    '\n\n',
  );
}

/** A command that its parent's help does not list is for scripts of our own. */
function sectionsBelow(parent: Command, words: string, heading: string): readonly string[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .flatMap((command) => {
      const name = `${words} ${command.name()}`;
      const below = sectionsBelow(command, name, `${heading}#`);
      return [`${heading} \`${name}\`\n\n${helpBlock(command)}`, ...below];
    });
}

/** What `--help` prints where the terminal has 100 columns. */
function helpBlock(command: Command): string {
  let help = '';
  command
    .configureOutput({
      writeOut: (text) => (help += text),
      getOutHelpWidth: () => 100,
      getOutHasColors: () => false,
    })
    .outputHelp();
  return `\`\`\`text\n${help.trimEnd()}\n\`\`\``;
}

if (import.meta.main) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of await referencePages()) {
    writeFileSync(new URL(name, folder), text);
  }
}
