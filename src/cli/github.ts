/** What a run or a refusal tells GitHub Actions beyond its log: annotations, and outputs of the step. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { CommanderError } from 'commander';
import { ConfigError } from '../batch/config-error.ts';
import { ManifestError } from '../batch/manifest-error.ts';
import type { Surroundings } from '../batch/surroundings.ts';
import { UsageError } from '../batch/usage-error.ts';
import { exactUsd } from '../job/money.ts';
import type { Annotation } from '../report/annotations.ts';
import { problemAnnotations, runAnnotations, workflowCommand } from '../report/annotations.ts';
import { outcomeWord } from '../report/outcome-report.ts';
import type { Ending, Report } from './reports.ts';

/** @param annotates not where the log is for machines */
export function githubReport(surroundings: Surroundings, annotates: boolean): Report {
  return {
    see: () => undefined,
    conclude: (ending) => {
      if (annotates) annotate(runAnnotations(ending, ending.batch.shownAs), surroundings);
      setOutputs(ending, surroundings);
    },
  };
}

/** Whatever ended a command before its work was done. */
export function annotateError(error: unknown, surroundings: Surroundings): void {
  annotate(annotationsOf(error), surroundings);
}

function annotationsOf(error: unknown): readonly Annotation[] {
  if (error instanceof ManifestError || error instanceof ConfigError)
    return problemAnnotations(error.problems);
  // Help and version are no errors.
  if (error instanceof CommanderError && error.exitCode === 0) return [];
  const message = error instanceof Error ? error.message.replace(/^error: /, '') : String(error);
  const advice =
    error instanceof UsageError && error.hint !== undefined ? `\nhint: ${error.hint}` : '';
  return [{ level: 'error', title: 'songbatch', message: message + advice }];
}

/** To stderr: GitHub reads both streams, and stdout may be somebody's JSON. */
function annotate(
  annotations: readonly Annotation[],
  { environment, workingDirectory, tell }: Surroundings,
): void {
  const repository = environment['GITHUB_WORKSPACE'] ?? workingDirectory;
  const inRepository = (file: string) => {
    const path = relative(repository, resolve(workingDirectory, file));
    if (path.startsWith('..') || isAbsolute(path)) return undefined;
    return path.split(sep).join('/');
  };
  for (const annotation of annotations) tell(workflowCommand(annotation, inRepository));
}

/** `steps.<id>.outputs.outcome` and so on. */
function setOutputs(
  { outcome, exitCode, batch }: Ending,
  { environment, tell }: Surroundings,
): void {
  const file = environment['GITHUB_OUTPUT'];
  if (file === undefined || file === '') return;
  const { tally } = outcome;
  const outputs = {
    outcome: outcomeWord(outcome),
    'exit-code': exitCode,
    jobs: tally.jobs,
    done: tally.done,
    failed: tally.failed,
    'spent-usd': exactUsd(tally.spent),
    'output-dir': batch.manifest.output.dir,
  };
  // A value ends where its own mark stands, so that none can pass for another output.
  const mark = randomUUID();
  const lines = Object.entries(outputs).map(
    ([name, value]) => `${name}<<${mark}\n${value}\n${mark}\n`,
  );
  try {
    appendFileSync(file, lines.join(''));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    tell(`the outputs of the step cannot be written: ${why}`);
  }
}
