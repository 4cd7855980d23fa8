/** From a file to a manifest in which nothing is wrong. */
import { resolve } from 'node:path';
import { askAboutModel } from '../batch/ask-about-model.ts';
import type { Batch } from '../batch/batch.ts';
import { loadDescribedBatch } from '../batch/batch.ts';
import { ManifestError } from '../batch/manifest-error.ts';
import { readManifest } from '../batch/manifest-file.ts';
import { runValues } from '../batch/run-values.ts';
import type { Surroundings } from '../batch/surroundings.ts';
import { UsageError } from '../batch/usage-error.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Problem } from '../manifest/problem.ts';
import type { BatchOptions, LoadOptions } from './options.ts';
import { batchFlags, configOf, surroundingsOf } from './options.ts';

/** A manifest that was read and found right. */
export interface LoadedManifest {
  readonly manifest: Manifest;
  /** What is questionable about it; `renderProblem` shows them in their frames. */
  readonly warnings: readonly Problem[];
  /** As it was given. */
  readonly path: string;
  readonly options: LoadOptions;
}

/** Rejects with `ManifestError` (all `problems` at once) or `UsageError`. */
export function loadManifest(path: string, options: LoadOptions = {}): Promise<LoadedManifest> {
  return new Promise((settle) => {
    settle(read(path, options));
  });
}

function read(path: string, options: LoadOptions): LoadedManifest {
  // It stays where it is, wherever the process goes.
  const workingDirectory = resolve(options.workingDirectory ?? '.');
  const kept = { ...options, workingDirectory };
  const { environment } = surroundingsOf(kept, undefined, () => undefined);
  const values = runValues(kept, configOf(kept).env ?? [], environment);
  const { manifest, problems } = readManifest(path, workingDirectory, values);
  if (!manifest) throw new ManifestError(problems);
  return { manifest, warnings: problems, path, options: kept };
}

/** Throws `ManifestError` or `UsageError`. */
export async function batchOf(
  { path, manifest, options }: LoadedManifest,
  choice: BatchOptions,
  useSandbox: boolean,
  surroundings: Surroundings,
): Promise<Batch> {
  const config = configOf(options);
  const batch = await loadDescribedBatch(
    path,
    batchFlags(choice, options),
    { ...surroundings, config },
    (warning) => {
      surroundings.tell(warning.message);
    },
    askAboutModel(useSandbox, config, surroundings),
  );
  if (batch.manifest.sha256 !== manifest.sha256) {
    throw new UsageError(`${path} has changed since it was loaded`, 'load it again');
  }
  return batch;
}
