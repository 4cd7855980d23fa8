/** A manifest file and the flags about it, turned into what every command works with. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { axisNames } from '../manifest/manifest.ts';
import { refreshCommand } from '../manifest/known-model.ts';
import type { AxisName, Manifest } from '../manifest/manifest.ts';
import type { ModelDescription } from '../manifest/model.ts';
import { nearest } from '../manifest/nearest.ts';
import { hasErrors, type Problem } from '../manifest/problem.ts';
import type { ParsedManifest } from '../manifest/parse.ts';
import { isRemote, showS3Place, type S3Place } from '../manifest/s3-place.ts';
import type { Plan } from '../plan/plan.ts';
import { makePlan } from '../plan/plan.ts';
import type { LabelFilter, Selection, Shard } from '../plan/selection.ts';
import type { AskAboutModel } from './ask-about-model.ts';
import type { Config } from './config.ts';
import { ManifestError } from './manifest-error.ts';
import { readManifest } from './manifest-file.ts';
import { givenDate, runValues, type RunValueFlags } from './run-values.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usage-error.ts';
import { expectS3Place, songPlaceOf } from './workroom.ts';

/** Flags that say which batch is meant. */
export interface PlaceFlags extends RunValueFlags {
  readonly out?: string;
  readonly state?: string;
}

/** And which part of it. */
export interface BatchFlags extends SelectionFlags, PlaceFlags {
  /** What a saved plan was made for: the other flags choose a part of that. */
  readonly within?: SelectionFlags;
}

/** As typed: `axis=label`. */
export interface SelectionFlags {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly shard?: Shard;
}

export interface Batch {
  readonly manifest: Manifest;
  /** The manifest's path as it was typed. */
  readonly shownAs: string;
  readonly plan: Plan;
  readonly selection: Selection;
  /** Absolute: the folder of the songs, or the one that they are made in (`workroom.ts`). */
  readonly outputDir: string;
  /** Where they go from there; absent: nowhere. */
  readonly bucket?: S3Place;
  /** Absolute. */
  readonly statePath: string;
  /** What is known of the model; without parameters where that is nothing. */
  readonly model: ModelDescription;
  /** Why no job of it can be made: the API says that there is no such model. */
  readonly noSuchModel?: string;
  /** Why nothing may be bought: by itself the manifest is right, for the model of today it is not. */
  readonly refusal?: ManifestError;
}

/** Told of what is questionable about a manifest, and of nothing that is wrong. */
export type OnWarning = (warning: Problem) => void;

/** Where a manifest is read: what its paths and placeholders depend on, beside flags. */
type Place = Pick<Surroundings, 'environment' | 'workingDirectory'> & { readonly config: Config };

/** Throws `ManifestError` with all that is wrong. */
export function loadBatch(
  path: string,
  flags: BatchFlags,
  place: Place,
  onWarning: OnWarning,
): Promise<Batch> {
  return loadDescribedBatch(path, flags, place, onWarning, undefined);
}

/** The same; a model of which nothing is known is asked about first, where there is whom to ask. */
export async function loadDescribedBatch(
  path: string,
  flags: BatchFlags,
  place: Place,
  onWarning: OnWarning,
  ask: AskAboutModel | undefined,
): Promise<Batch> {
  const { workingDirectory, environment, config } = place;
  const values = runValues(flags, config.env ?? [], environment);
  const read: ReadBatch = (described) => readManifest(path, workingDirectory, values, described);
  const batch = await readDescribed(path, flags, workingDirectory, read, onWarning, ask);
  const isDaySaid = givenDate(flags, environment) !== undefined;
  const isPlaceSaid = flags.out !== undefined || flags.state !== undefined;
  if (batch.manifest.output.dirOn && values.date !== undefined && !isDaySaid && !isPlaceSaid) {
    const { unfinishedDays } = await import('./other-days.ts');
    const { name } = batch.manifest;
    const days = {
      shown: (place: string) => shownPath(place, workingDirectory),
      folderOf: (place: string) => songPlaceOf(place, name, workingDirectory).outputDir,
    };
    unfinishedDays(batch, values.date, days).forEach(onWarning);
  }
  return batch;
}

/** From wherever the batch is kept; once more where the API had to be asked about its model. */
export type ReadBatch = (described?: ModelDescription) => ParsedManifest;

/** Throws `ManifestError` with all that is wrong. */
export async function readDescribed(
  path: string,
  flags: BatchFlags,
  workingDirectory: string,
  read: ReadBatch,
  onWarning: OnWarning,
  ask: AskAboutModel | undefined,
): Promise<Batch> {
  const first = read();
  const { manifest, model } = first;
  if (!manifest || !model || model.description || !ask) {
    return batchOf(path, first, flags, workingDirectory, onWarning);
  }
  const about = await ask(model.name);
  if (about.kind === 'described') {
    const second = read(about.description);
    try {
      return batchOf(path, second, flags, workingDirectory, onWarning);
    } catch (refusal) {
      if (!(refusal instanceof ManifestError)) throw refusal;
      // What was bought while the model took it must still be brought home.
      return { ...batchOf(path, first, flags, workingDirectory, () => undefined), refusal };
    }
  }
  onWarning({
    severity: 'warning',
    file: path,
    message: `nothing is known of the model ${model.name} (${about.why}): its parameters are sent unchecked`,
    hint: `"${refreshCommand(model.name)} --write" keeps what the API says of it`,
  });
  const batch = batchOf(path, first, flags, workingDirectory, onWarning);
  return about.kind === 'no-such-model' ? { ...batch, noSuchModel: about.why } : batch;
}

function batchOf(
  path: string,
  { manifest: written, problems, model }: ParsedManifest,
  flags: BatchFlags,
  workingDirectory: string,
  onWarning: OnWarning,
): Batch {
  if (written === undefined || hasErrors(problems)) throw new ManifestError(problems);
  problems.forEach(onWarning);

  const dir =
    flags.out === undefined ? written.output.dir : givenPlace(flags.out, workingDirectory);
  const manifest: Manifest = { ...written, output: { ...written.output, dir } };
  const { outputDir, bucket } = songPlaceOf(dir, manifest.name, workingDirectory);
  const plan = makePlan(manifest);
  if ('problems' in plan) {
    throw new ManifestError(plan.problems.map((problem) => ({ ...problem, file: path })));
  }
  return {
    manifest,
    shownAs: path,
    plan,
    selection: narrowed(selectionOf(flags.within ?? {}, manifest), selectionOf(flags, manifest)),
    outputDir,
    ...(bucket && { bucket }),
    statePath:
      flags.state === undefined
        ? join(outputDir, 'state.sqlite')
        : resolve(workingDirectory, flags.state),
    model: model?.description ?? { model: manifest.model, parameters: [] },
  };
}

/** Why nothing of the batch may be bought, by what the API says of its model. */
export function refusalOf({ refusal, noSuchModel, manifest }: Batch): Error | undefined {
  if (refusal || noSuchModel === undefined) return refusal;
  return new UsageError(
    `the model ${manifest.model} cannot be run: ${noSuchModel}`,
    'check its name: it is written owner/name',
  );
}

/** `--out`, as `Manifest.output.dir` would have it. */
function givenPlace(out: string, workingDirectory: string): string {
  return isRemote(out) ? showS3Place(expectS3Place(out)) : resolve(workingDirectory, out);
}

/** A path as the user would type it from here; a bucket is the same from everywhere. */
export function shownPath(path: string, workingDirectory: string): string {
  if (isRemote(path)) return path;
  const fromHere = relative(workingDirectory, path);
  return fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere;
}

export function selectionOf({ only, skip, shard }: SelectionFlags, manifest: Manifest): Selection {
  return {
    only: filtersOf('--only', only ?? [], manifest),
    skip: filtersOf('--skip', skip ?? [], manifest),
    ...(shard && { shard }),
  };
}

/** What is in both of them. */
function narrowed(one: Selection, other: Selection): Selection {
  const shard = one.shard ?? other.shard;
  if (one.shard && other.shard && showShard(one.shard) !== showShard(other.shard)) {
    throw new UsageError(
      `the plan was saved for --shard ${showShard(one.shard)}, and this is --shard ${showShard(other.shard)}`,
      'leave --shard out, or save the plan without it: any shard of that can be run',
    );
  }
  return {
    only: [...one.only, ...other.only],
    skip: [...one.skip, ...other.skip],
    ...(shard && { shard }),
  };
}

export function showShard({ index, of }: Shard): string {
  return `${index}/${of}`;
}

/** `clone=vocal` and `clone=both` are one filter with two labels. */
function filtersOf(flag: string, written: readonly string[], manifest: Manifest): LabelFilter[] {
  const labels = new Map<AxisName, string[]>();
  for (const text of written) {
    const [axis = '', ...rest] = text.split('=');
    const label = rest.join('=');
    const name = axisNames.find((known) => known === axis);
    if (name === undefined || label === '') {
      const guess = nearest(axis, axisNames, 1)[0];
      throw new UsageError(
        `${flag} ${text}: expected axis=label`,
        name === undefined && guess !== undefined
          ? `did you mean "${guess}=…"?`
          : `axes: ${axisNames.join(', ')}`,
      );
    }
    refuseUnknownLabel(flag, name, label, manifest);
    labels.set(name, [...(labels.get(name) ?? []), label]);
  }
  return [...labels].map(([axis, wanted]) => ({ axis, labels: wanted }));
}

/** A filter that can match nothing is a slip of the pen. */
function refuseUnknownLabel(flag: string, axis: AxisName, label: string, manifest: Manifest): void {
  const known: string[] = [];
  for (const { name, size, at } of manifest.axes) {
    if (name !== axis) continue;
    for (let index = 0; index < size; index++) {
      const found = at(index).label;
      if (found === label) return;
      if (known.length < 10_000) known.push(found);
    }
  }
  for (const entry of manifest.include) {
    const found = entry.values.get(axis)?.label;
    if (found === label) return;
    if (found !== undefined) known.push(found);
  }
  throw new UsageError(
    `${flag} ${axis}=${label}: no job has this label`,
    known.length === 0
      ? `the manifest has no axis "${axis}"`
      : `did you mean ${nearest(label, known, 3)
          .map((guess) => `"${guess}"`)
          .join(', ')}?`,
  );
}
