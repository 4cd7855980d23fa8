/**
 * A manifest of some jobs of a batch: the same batch, narrowed. It is read and held against the plan before
 * anybody gets to see it: it has all those jobs, and none that the batch does not have. So it buys nothing
 * that is not bought by the manifest it comes from, and nothing twice.
 */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { JobId } from '../job/job.ts';
import { policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { RunValues } from '../manifest/run-values.ts';
import { prepareFolder } from '../outputs/folders.ts';
import { OutputError } from '../outputs/output-error.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { narrow } from '../plan/narrow.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { everything } from '../plan/selection.ts';
import type { Tally } from '../run/events.ts';
import { takeStock } from '../run/standing.ts';
import { shownPath, type Batch } from './batch.ts';
import { showChoice, type Choice } from './choice.ts';
import { decodeText, diskSources, readBytes } from './disk-sources.ts';
import { ManifestError } from './manifest-error.ts';
import { narrowedText } from './narrow-text.ts';
import { UsageError } from './usage-error.ts';

export interface WinnersToWrite {
  readonly wanted: ReadonlySet<JobId>;
  readonly choice: Choice;
  /** As typed. */
  readonly path: string;
  readonly workingDirectory: string;
  /** What placeholders stand for. */
  readonly values: RunValues;
  /** The output folder is not the manifest's, but one that was given. */
  readonly isFolderGiven: boolean;
}

/**
 * Throws `UsageError` where it cannot be written, or something lies there already.
 * @returns where all jobs of the new manifest stand
 */
export async function writeWinners(
  batch: Batch,
  store: StoreReader | undefined,
  winners: WinnersToWrite,
): Promise<Tally> {
  const { path, workingDirectory } = winners;
  const file = resolve(workingDirectory, path);
  if (existsSync(file)) {
    throw new UsageError(
      `${path} is there already, and a manifest is never overwritten`,
      'choose another file with --write, or remove that one',
    );
  }
  const text = winnersText(batch, file, winners);
  try {
    // Paths are looked up from there.
    await prepareFolder(dirname(file));
    const plan = checkedPlan(batch, file, text, winners);
    await writeWhole(file, [text]);
    return takeStock(plan, everything, store, policyOf(plan.manifest)).tally;
  } catch (error) {
    if (!(error instanceof OutputError) || error.kind === 'full') throw error;
    throw new UsageError(error.message, 'choose another file with --write');
  }
}

function winnersText(
  { manifest, plan }: Batch,
  file: string,
  { wanted, choice, isFolderGiven, workingDirectory }: WinnersToWrite,
): string {
  const narrowing = narrow(plan, wanted);
  if (!narrowing) {
    throw new UsageError(
      `the ${wanted.size} jobs have too little in common: a manifest of them would be one long list of what is excluded`,
      'select fewer with --select top=n, or the best value of one axis',
    );
  }
  return narrowedText(
    {
      text: textOf(manifest),
      manifest,
      folder: shownPath(manifest.output.dir, workingDirectory),
      isFolderGiven,
      target: file,
      about: [
        `The best of ${manifest.name}: songbatch rank --select ${showChoice(choice)}.`,
        'The same batch, narrowed: its name and its folder say so, and nothing is bought twice.',
        ...(manifest.axes.some(({ name }) => name === 'seed')
          ? []
          : ['Its matrix has no seeds to add to; "repeat: 2" buys each song once more.']),
      ],
    },
    narrowing,
  );
}

/** It has been read before; between then and now it may have been saved once more. */
function textOf({ path, sha256 }: Manifest): string {
  const bytes = readBytes(path, Infinity);
  const text = 'unreadable' in bytes ? bytes : decodeText(bytes);
  if (typeof text !== 'string') throw new UsageError(`cannot read ${path}: ${text.unreadable}`);
  if ('unreadable' in bytes || hash('sha256', bytes) !== sha256) {
    throw new UsageError(`${path} has just been changed`, 'run the same command again');
  }
  return text;
}

function checkedPlan(
  { plan: whole, manifest }: Batch,
  file: string,
  text: string,
  { path, workingDirectory, values, wanted }: WinnersToWrite,
): Plan {
  const sha256 = hash('sha256', text);
  const source = { path: file, shownAs: path, text, sha256, workingDirectory, values };
  const { manifest: narrowed, problems } = parseManifest(source, diskSources);
  if (!narrowed) throw new ManifestError(problems);
  const plan = makePlan({ ...narrowed, output: { ...narrowed.output, dir: manifest.output.dir } });
  if ('problems' in plan) throw new ManifestError(plan.problems);
  const missing = new Set(wanted);
  const known = new Set([...whole.planned()].map(({ id }) => id));
  for (const { id } of plan.planned()) {
    missing.delete(id);
    if (!known.has(id)) throw new Error(`the narrowed manifest would buy another job: ${id}`);
  }
  if (missing.size > 0) throw new Error(`the narrowed manifest lacks ${missing.size} jobs`);
  return plan;
}
