/** The work of `songbatch init`: asks, writes what is not there, and says what comes next. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { shownPath } from '../../batch/batch.ts';
import { UsageError } from '../../batch/usage-error.ts';
import { parseBudget } from '../../manifest/quantities.ts';
import { makeFolders } from '../../outputs/folders.ts';
import { printable } from '../../report/words.ts';
import { schemaText } from '../../schemas/text.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Answers, CiService, NewFile } from '../init-files.ts';
import {
  ignored,
  isName,
  manifestPath,
  nameFrom,
  newFiles,
  schemaPath,
  workflows,
} from '../init-files.ts';
import type { Invocation } from '../invocation.ts';

export interface InitFlags {
  readonly yes?: true;
  readonly name?: string;
  readonly budget?: string;
  readonly ci?: CiService;
  readonly json?: true;
}

export async function begin(
  folder: string,
  flags: InitFlags,
  { terminal, workingDirectory }: Invocation,
): Promise<ExitCode> {
  const target = resolve(workingDirectory, folder);
  const answers = await answersFor(target, flags);
  if (!answers) {
    terminal.tell('\nnothing was written');
    return exitCodes.interrupted;
  }
  const workflow = workflowOf(answers);
  const files = [
    ...newFiles(answers),
    { path: schemaPath, text: schemaText('manifest') },
    ...workflow,
  ];
  const { written, kept } = await write(target, files);
  ignoreOutputs(target, written);

  if (flags.json) {
    terminal.print(JSON.stringify({ folder: target, written, kept }, undefined, 2));
    return exitCodes.done;
  }
  const shown = (path: string) => printable(shownPath(join(target, path), workingDirectory));
  const place = target === workingDirectory ? '' : `cd ${shellWord(shown('.'))} && `;
  terminal.print(
    [
      ...written.map((path) => `+ ${shown(path)}`),
      ...kept.map((path) => `= ${shown(path)} is there already, and was kept`),
      '',
      ...workflow.map(({ path }) => `The head of ${shown(path)} says what it needs.`),
      `Next: ${place}songbatch run ${manifestPath(answers.name)} --sandbox`,
    ].join('\n'),
  );
  return exitCodes.done;
}

/** Throws `UsageError` where a flag cannot be used, or nobody is there to be asked. Undefined: not answered. */
async function answersFor(target: string, flags: InitFlags): Promise<Answers | undefined> {
  const usual: Answers = {
    name: flags.name ?? nameFrom(basename(target)),
    budget: flags.budget ?? '5',
    ci: flags.ci ?? ciOf(target),
  };
  const wrong = mistakeIn(usual);
  if (wrong !== undefined) throw new UsageError(wrong);
  if (flags.yes) return usual;
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'there is nobody to ask: the standard input is no terminal',
      '--yes takes the defaults, --name, --budget and --ci say otherwise',
    );
  }
  const { ask } = await import('../ask.ts');
  return ask(usual, mistakeIn);
}

/** What is wrong with an answer, for whoever gave it. */
function mistakeIn({ name, budget }: Answers): string | undefined {
  if (!isName(name)) {
    return `"${printable(name)}" is no name for a batch: use lower-case letters, digits and "-", a letter first`;
  }
  const amount = parseBudget(budget);
  if (amount === undefined || amount === 0n) {
    return `"${printable(budget)}" is no amount of USD above 0, as in 25 or 2.50`;
  }
  return undefined;
}

function ciOf(target: string): CiService {
  if (existsSync(join(target, '.github'))) return 'github';
  return existsSync(join(target, workflows.gitlab.path)) ? 'gitlab' : 'none';
}

function workflowOf({ ci, name }: Answers): readonly NewFile[] {
  if (ci === 'none') return [];
  const { example, batch, path } = workflows[ci];
  const text = readFileSync(new URL(`../../../${example}`, import.meta.url), 'utf8');
  return [{ path, text: text.replaceAll(batch, name) }];
}

/** Throws `UsageError` where the folder cannot be written to. */
async function write(
  target: string,
  files: readonly NewFile[],
): Promise<{ readonly written: string[]; readonly kept: readonly string[] }> {
  const written: string[] = [];
  const kept: string[] = [];
  for (const { path, text } of files) {
    const file = join(target, path);
    try {
      await makeFolders(dirname(file));
      writeFileSync(file, text, { flag: 'wx' });
      written.push(path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'EEXIST') {
        throw new UsageError(`${printable(file)} cannot be written: ${error.message}`);
      }
      kept.push(path);
    }
  }
  return { written, kept };
}

/** Songs and credentials are not for a repository. Lines are added, none is changed. */
function ignoreOutputs(target: string, written: string[]): void {
  const file = join(target, '.gitignore');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
  const missing = ignored.filter((line) => !lines.includes(line) && !lines.includes(`/${line}`));
  if (missing.length === 0) return;
  const isCut = lines.length > 0 && lines.at(-1) !== '';
  appendFileSync(file, `${isCut ? '\n' : ''}${missing.join('\n')}\n`);
  written.push('.gitignore');
}

/** As a shell takes it for one word, where it is none by itself. */
function shellWord(text: string): string {
  return /^[\p{L}\p{N}\p{M}_./+-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
