/**
 * What reading a manifest takes from the disk, as plain data. It is recorded while the manifest is read,
 * not found out beside that: whatever manifests come to read, nothing is forgotten.
 *
 * Songs do not travel: up to 100 MB each. They are named, and must lie in the same place, unchanged,
 * wherever the manifest is read again.
 */
import { count } from '../job/count.ts';
import type { LocalFile } from '../manifest/parameters.ts';
import type { FoundText, Sources, Unreadable } from '../manifest/sources.ts';
import { diskSources } from './disk-sources.ts';
import type { ManifestShelf, WrittenManifest } from './manifest-file.ts';

/** Paths are absolute. */
export interface BundledFiles {
  readonly manifest: WrittenManifest;
  /** Lyrics. One that was only looked for, and is not there, is remembered as that. */
  readonly texts: readonly BundledText[];
  readonly globs: readonly {
    readonly pattern: string;
    readonly base: string;
    readonly paths: readonly string[];
  }[];
  /** Descriptions of models; null where there is none beside the manifest. */
  readonly models: readonly {
    readonly model: string;
    readonly base: string;
    readonly found: { readonly path: string; readonly text: string } | null;
  }[];
  readonly songs: readonly LocalFile[];
}

export type BundledText = { readonly path: string } & ({ readonly text: string } | Unreadable);

export interface Recorder {
  /** Each file is read once, however often it is asked for: the parts of a bundle fit together. */
  readonly shelf: ManifestShelf;
  /** Of a manifest that was read without errors. */
  readonly files: () => BundledFiles;
}

export function recordShelf(shelf: ManifestShelf): Recorder {
  const manifest = new Map<string, WrittenManifest | Unreadable>();
  const texts = new Map<string, string | Unreadable>();
  const globs = new Map<string, BundledFiles['globs'][number]>();
  const models = new Map<string, { model: string; base: string; found: FoundText | undefined }>();
  const songs = new Map<string, LocalFile | Unreadable>();
  const { sources } = shelf;

  const recording: Sources = {
    readText: (path, maxBytes) => once(texts, path, () => sources.readText(path, maxBytes)),
    identify: (path) => once(songs, path, () => sources.identify(path)),
    glob: (pattern, base) =>
      once(globs, `${base}\n${pattern}`, () => {
        return { pattern, base, paths: sources.glob(pattern, base) };
      }).paths,
    modelFile: (model, base) =>
      once(models, `${base}\n${model}`, () => {
        return { model, base, found: sources.modelFile(model, base) };
      }).found,
  };
  return {
    shelf: {
      manifest: (file) => once(manifest, file, () => shelf.manifest(file)),
      sources: recording,
    },
    files: () => ({
      manifest: readable([...manifest.values()])[0] ?? notRead(),
      texts: Array.from(texts, ([path, text]) =>
        typeof text === 'string' ? { path, text } : { path, ...text },
      ),
      globs: [...globs.values()],
      models: Array.from(models.values(), ({ model, base, found }) => {
        const text = found?.text;
        return {
          model,
          base,
          found: found && typeof text === 'string' ? { ...found, text } : null,
        };
      }),
      songs: readable([...songs.values()]),
    }),
  };
}

/**
 * What lies on it is what was recorded.
 *
 * @param find looks for a song on this machine
 */
export function shelfOf(
  files: BundledFiles,
  find: (song: LocalFile) => LocalFile | Unreadable,
): ManifestShelf {
  const texts = new Map(files.texts.map((each) => [each.path, each]));
  const songs = new Map(files.songs.map((song) => [song.file, song]));
  return {
    manifest: () => files.manifest,
    sources: {
      readText: (path) => {
        const found = texts.get(path);
        if (!found) return { unreadable: 'it was not kept with the batch' };
        return 'text' in found ? found.text : { unreadable: found.unreadable };
      },
      glob: (pattern, base) =>
        files.globs.find((each) => each.pattern === pattern && each.base === base)?.paths ?? [],
      modelFile: (model, base) =>
        files.models.find((each) => each.model === model && each.base === base)?.found ?? undefined,
      identify: (path) => {
        const song = songs.get(path);
        return song ? find(song) : { unreadable: 'it was not kept with the batch' };
      },
    },
  };
}

/** The batch was told of this song, and a job is another one with another song. */
export function sameSong(song: LocalFile): LocalFile | Unreadable {
  const remedy = 'songs must be URLs, or lie on storage that every worker mounts in the same place';
  const found = diskSources.identify(song.file);
  if ('unreadable' in found) {
    return { unreadable: `on this machine ${found.unreadable} (${remedy})` };
  }
  if (found.sha256 === song.sha256 && found.bytes === song.bytes) return song;
  const kept = `${count(song.bytes, 'byte')}, SHA-256 ${song.sha256.slice(0, 12)}…`;
  return { unreadable: `on this machine it is another song than the batch was kept with: ${kept}` };
}

function once<Value>(known: Map<string, Value>, key: string, read: () => Value): Value {
  const earlier = known.get(key);
  if (earlier !== undefined) return earlier;
  const value = read();
  known.set(key, value);
  return value;
}

function readable<Value extends object>(all: readonly (Value | Unreadable)[]): readonly Value[] {
  return all.filter((each): each is Value => !('unreadable' in each));
}

function notRead(): never {
  throw new Error('a manifest was bundled that was not read');
}
