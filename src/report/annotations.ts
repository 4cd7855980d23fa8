/**
 * What GitHub shows beside the code and at the head of a workflow's run: annotations, which a job asks for by
 * lines in its log, `::error file=...,line=...,title=...::message`. Of each level GitHub shows ten a step.
 */
import { describeFailure } from '../job/failure.ts';
import type { Alike } from '../job/near-duplicates.ts';
import { positionIn } from '../manifest/frame.ts';
import type { Problem } from '../manifest/problem.ts';
import { showCoordinates } from '../plan/candidates.ts';
import type { EndedRun } from './verdicts.ts';
import { failedJobs } from './verdicts.ts';
import { printable } from './words.ts';

export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  /** As the user would type it. */
  readonly file?: string;
  /** Both from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** Of each level. */
const mostAnnotations = 10;

/** @param file the manifest, by which all of them are found */
export function runAnnotations(
  run: EndedRun & { readonly alike: readonly Alike[] },
  file: string,
): readonly Annotation[] {
  const { outcome, alike } = run;
  const failures = failedJobs(run)
    .take(mostAnnotations)
    .map(({ job, failure }): Annotation => {
      const message = `${describeFailure(failure)} (${showCoordinates(job.coordinates)})`;
      return { level: 'error', title: `${job.output} failed`, message, file };
    });
  const doubts = outcome.inDoubt.slice(0, mostAnnotations).map(({ job, message }): Annotation => {
    return { level: 'warning', title: `${job.output} is in doubt`, message, file };
  });
  const pairs = alike.slice(0, mostAnnotations).map(({ output, of }): Annotation => {
    const message = `it sounds like ${of}, and only the seed differs`;
    return { level: 'warning', title: `${output} is nothing new`, message, file };
  });
  return [
    ...bounded(
      [...failures],
      outcome.tally.failed,
      'metadata.json and the summary have the others',
    ),
    ...bounded([...doubts, ...pairs], outcome.inDoubt.length + alike.length, 'see metadata.json'),
  ];
}

export function problemAnnotations(problems: readonly Problem[]): readonly Annotation[] {
  const ofLevel = (level: Annotation['level']) => {
    const found = problems.filter(({ severity }) => severity === level);
    return bounded(
      found.slice(0, mostAnnotations).map(problemAnnotation),
      found.length,
      'see the log',
    );
  };
  return [...ofLevel('error'), ...ofLevel('warning')];
}

function problemAnnotation(problem: Problem): Annotation {
  const { severity, message, hint, file, range, text } = problem;
  const advice = hint === undefined ? '' : `\nhint: ${hint}`;
  return {
    level: severity,
    title: 'songbatch',
    message: message + advice,
    file,
    ...(range && text !== undefined && positionIn(text, range.start)),
  };
}

/** The last one that is shown tells of those that are not. */
function bounded(
  annotations: readonly Annotation[],
  total: number,
  where: string,
): readonly Annotation[] {
  const last = annotations[mostAnnotations - 1];
  if (total <= mostAnnotations || !last) return annotations;
  const more = total - mostAnnotations + 1;
  const message = `${last.level === 'error' ? 'errors' : 'warnings'} that are not shown here: ${more}; ${where}`;
  const { line: _, column: __, ...place } = last;
  return [
    ...annotations.slice(0, mostAnnotations - 1),
    { ...place, title: `and ${more} more`, message },
  ];
}

/**
 * The line for the log. What stands in it can neither end it nor begin another command.
 *
 * @param shownFile the file as GitHub knows it, by its path in the repository; undefined: none of its files
 */
export function workflowCommand(
  { level, title, message, file, line, column }: Annotation,
  shownFile: (file: string) => string | undefined,
): string {
  const known = file === undefined ? undefined : shownFile(file);
  const properties = [
    ...(known === undefined ? [] : [`file=${property(known)}`]),
    ...(known === undefined || line === undefined ? [] : [`line=${line}`]),
    ...(known === undefined || column === undefined ? [] : [`col=${column}`]),
    `title=${property(printable(title, 120))}`,
  ];
  const lines = message.split('\n').map((text) => printable(text, 1000));
  return `::${level} ${properties.join(',')}::${data(lines.join('\n'))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
