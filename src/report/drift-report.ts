/** How a batch differs from the plan that was approved: for people as text, for machines as JSON. */
import { exactUsd, showUsd } from '../job/money.ts';
import type { Change, Drift, ListedJob } from '../plan/drift.ts';
import { count, printable } from './words.ts';

/** Lines about jobs that the text shows; JSON has them all. */
const shownJobs = 20;

/** @param coordinatesOf where the jobs of today stand */
export function driftText(
  drift: Drift,
  coordinatesOf: (ids: ReadonlySet<string>) => ReadonlyMap<string, string>,
): string {
  const { changes, jobs } = drift;
  const { added, renamed, gone } = jobs;
  // Each kind has its say, however many there are of the others.
  const share = Math.ceil(
    shownJobs / [added, renamed, gone].filter((kind) => kind.length > 0).length,
  );
  const coordinates = coordinatesOf(new Set(added.slice(0, share).map(({ id }) => id)));
  const lines = [
    ...added.slice(0, share).map(({ id, output }) => {
      const where = coordinates.get(id);
      return `+ ${named({ id, output })}${where === undefined ? '' : `  ${printable(where)}`}`;
    }),
    ...renamed
      .slice(0, share)
      .map(({ id, was, output }) => `~ ${named({ id, output: was })} → ${printable(output)}`),
    ...gone.slice(0, share).map((job) => `- ${named(job)}`),
  ];
  const more = added.length + renamed.length + gone.length - lines.length;
  return [
    ...changes.map((change) => `~ ${changeText(change)}`),
    ...lines,
    ...(more > 0 ? [`… and ${more} more (--json shows all)`] : []),
    driftSummary(drift),
  ]
    .map((line) => `  ${line}`)
    .join('\n');
}

/** `another price, 3 jobs to buy that it does not have, 1 job of it gone` */
export function driftSummary({ changes, jobs: { added, renamed, gone } }: Drift): string {
  return [
    ...(changes.length > 0 ? [changes.map(({ what }) => `another ${nouns[what]}`).join(', ')] : []),
    ...(added.length > 0 ? [`${count(added.length, 'job')} to buy that it does not have`] : []),
    ...(renamed.length > 0 ? [`${count(renamed.length, 'job')} with another name`] : []),
    ...(gone.length > 0 ? [`${count(gone.length, 'job')} of it gone`] : []),
  ].join(', ');
}

const nouns: Record<Change['what'], string> = {
  batch: 'batch',
  model: 'model',
  service: 'service',
  folder: 'folder',
  price: 'price',
  billed: 'bill',
};

function named({ id, output }: ListedJob): string {
  return `${id.slice(0, 10)}  ${printable(output)}`;
}

function changeText(change: Change): string {
  switch (change.what) {
    case 'batch':
      return `batch: ${fromTo(change)}`;
    case 'model':
      return `model: ${fromTo(change)}`;
    case 'service':
      return `bought from: ${fromTo(change)}`;
    case 'folder':
      return `songs go to: ${fromTo(change)} (or say --out)`;
    case 'price':
      return `price of a song: ${showUsd(change.was)} → ${showUsd(change.is)}`;
    case 'billed':
      return `billed for a song so far: at most ${showUsd(change.was)} → ${showUsd(change.is)} on average`;
  }
}

function fromTo({ was, is }: { readonly was: string; readonly is: string }): string {
  return `${printable(was)} → ${printable(is)}`;
}

/** See schemas/drift.schema.json. @param plan the file that was held against, as it was typed */
export function driftJson({ changes, jobs }: Drift, plan: string): unknown {
  return {
    outcome: 'drift',
    plan,
    changes: changes.map((change) => {
      switch (change.what) {
        case 'price':
        case 'billed':
          return { what: change.what, was: exactUsd(change.was), is: exactUsd(change.is) };
        default:
          return change;
      }
    }),
    added: jobs.added,
    renamed: jobs.renamed.map(({ id, was, output }) => ({ id, was, is: output })),
    gone: jobs.gone,
  };
}
