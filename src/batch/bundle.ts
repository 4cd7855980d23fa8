/**
 * A batch that can travel: all that reading its manifest takes from the disk and from the surroundings, as
 * one plain value (`schemas/schedule.schema.json`), from which another machine reads the same batch without
 * those files. Nothing is written to its disk for that.
 *
 * What `{date}` and `{runId}` stand for does not travel, they are of the moment in which the batch begins.
 * Of the environment there is only what the manifest names as `{env.NAME}`, of the configuration nothing:
 * no key, no address, no path of this machine's log.
 */
import { hash } from 'node:crypto';
import { count } from '../job/count.ts';
import type { RunValues } from '../manifest/run-values.ts';
import type { AskAboutModel } from './ask-about-model.ts';
import type { Batch, OnWarning, ReadBatch } from './batch.ts';
import { readDescribed, refusalOf } from './batch.ts';
import { recordShelf, sameSong, shelfOf, type BundledFiles } from './bundled-shelf.ts';
import type { Config } from './config.ts';
import { diskShelf, readManifest, type ManifestShelf } from './manifest-file.ts';
import { runValues } from './run-values.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usage-error.ts';

export const bundleFormat = 1;

/** Bytes of JSON: every tick of a schedule carries it through the queue. */
const largestBundle = 16_000_000;

export interface Bundle extends BundleContent {
  /** Of the content as JSON: equal bundles are equal batches, and damage shows. */
  readonly sha256: string;
}

interface BundleContent {
  readonly format: typeof bundleFormat;
  /** How paths are written where it was made. */
  readonly paths: 'posix' | 'windows';
  /** Absolute: what `path` and `output.dir` start from. */
  readonly workingDirectory: string;
  /** The manifest's path as it was typed. */
  readonly path: string;
  readonly flags: BundleFlags;
  /** By what the manifest names as `{env.NAME}`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly files: BundledFiles;
}

/** Flags that make the batch what it is. */
export interface BundleFlags {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly out?: string;
}

/** What is of the moment in which the batch begins. */
export type MomentValues = Required<Pick<RunValues, 'date'>> & { readonly runId: string };

type Place = Pick<Surroundings, 'environment' | 'workingDirectory'> & { readonly config: Config };

const ownPaths = process.platform === 'win32' ? 'windows' : 'posix';

/**
 * Throws `ManifestError` with all that is wrong, or `UsageError`.
 *
 * @param moment any at which it may begin
 */
export async function bundleBatch(
  path: string,
  flags: BundleFlags,
  { workingDirectory, environment, config }: Place,
  moment: MomentValues,
  onWarning: OnWarning,
  ask: AskAboutModel | undefined,
): Promise<Bundle> {
  const recorder = recordShelf(diskShelf);
  const { env } = runValues(moment, config.env ?? [], environment);
  const used = new Map<string, string>();
  const values: RunValues = { ...moment, env: notingUse(env, used) };
  const read: ReadBatch = (described) =>
    readManifest(path, workingDirectory, values, described, recorder.shelf);
  const batch = await readDescribed(path, flags, workingDirectory, read, onWarning, ask);
  const refusal = refusalOf(batch);
  if (refusal) throw refusal;
  const { only, skip, out } = flags;
  const content: BundleContent = {
    format: bundleFormat,
    paths: ownPaths,
    workingDirectory,
    path,
    flags: { ...(only && { only }), ...(skip && { skip }), ...(out !== undefined && { out }) },
    environment: Object.fromEntries(used),
    files: recorder.files(),
  };
  const json = JSON.stringify(content);
  refuseSize(Buffer.byteLength(json), content);
  return { sha256: hash('sha256', json), ...content };
}

/**
 * The batch as it was bundled, at another moment and perhaps on another machine. Throws `ManifestError`,
 * among others where a song on the disk is not there.
 */
export function loadBundle(
  bundle: Bundle,
  moment: MomentValues,
  onWarning: OnWarning,
  ask: AskAboutModel | undefined,
): Promise<Batch> {
  return readBundle(bundle, moment, shelfOf(bundle.files, sameSong), onWarning, ask);
}

/** Where its songs go, also on a machine that has not got the songs it refers to. Absolute, or in a bucket. */
export async function folderOf(bundle: Bundle, moment: MomentValues): Promise<string> {
  const shelf = shelfOf(bundle.files, (song) => song);
  const batch = await readBundle(bundle, moment, shelf, () => undefined, undefined);
  return batch.manifest.output.dir;
}

function readBundle(
  { workingDirectory, path, flags, environment }: Bundle,
  moment: MomentValues,
  shelf: ManifestShelf,
  onWarning: OnWarning,
  ask: AskAboutModel | undefined,
): Promise<Batch> {
  const values: RunValues = { ...moment, env: new Map(Object.entries(environment)) };
  const read: ReadBatch = (described) =>
    readManifest(path, workingDirectory, values, described, shelf);
  return readDescribed(path, flags, workingDirectory, read, onWarning, ask);
}

/** Throws `UsageError` where a bundle is not what was made, or was made where paths mean something else. */
export function refuseForeignBundle({ sha256, ...content }: Bundle, name: string): void {
  if (hash('sha256', JSON.stringify(content)) !== sha256) {
    throw new UsageError(`${name} is damaged: it is not what was kept`, 'add it again');
  }
  if (content.paths !== ownPaths) {
    const there = ownPaths === 'posix' ? 'on Windows' : 'on a machine without Windows';
    throw new UsageError(
      `${name} was added ${there}, and its paths mean nothing here`,
      'add it again from a machine like the workers',
    );
  }
}

function notingUse(
  env: RunValues['env'],
  used: Map<string, string>,
): ReadonlyMap<string, string | undefined> {
  const noted = new Map(env === 'any' ? [] : env);
  const get = noted.get.bind(noted);
  noted.get = (name) => {
    const value = get(name);
    if (value !== undefined) used.set(name, value);
    return value;
  };
  return noted;
}

function refuseSize(bytes: number, { path, files }: BundleContent): void {
  if (bytes <= largestBundle) return;
  const size = (number: number) => `${(number / 1e6).toFixed(1)} MB`;
  throw new UsageError(
    `${path} and the ${count(files.texts.length + files.models.length, 'file')} that it reads have ${size(bytes)}, and ${size(largestBundle)} are the most that a schedule keeps`,
    'divide it into several manifests, each with a part of the lyrics',
  );
}
