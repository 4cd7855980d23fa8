/** Reads manifests from memory: the text of the manifest, and the files that it may name. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { renderProblem } from '../../src/manifest/frame.ts';
import type { AxisName, AxisValue, Manifest } from '../../src/manifest/manifest.ts';
import { modelFilePath } from '../../src/manifest/model-file.ts';
import { parseManifest, type ParsedManifest } from '../../src/manifest/parse.ts';
import type { RunValues } from '../../src/manifest/run-values.ts';
import type { Sources } from '../../src/manifest/sources.ts';

export const verse = '[verse]\nOne line to sing\n';

/** Files by their path below the manifest's folder. */
export type Files = Readonly<Record<string, string>>;

const folder = '/home/ann/batches';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function memorySources(files: Files): Sources {
  const byPath = new Map(
    Object.entries(files).map(([path, text]) => [posix.join(folder, path), text]),
  );
  const missing = { unreadable: 'there is no such file' };
  return {
    glob: (pattern, base) =>
      Array.from(byPath.keys())
        .filter((path) => posix.matchesGlob(path, posix.resolve(base, pattern)))
        .sort(),
    readText: (path) => byPath.get(path) ?? missing,
    modelFile: (model, base) => {
      for (let at = base; ; at = posix.dirname(at)) {
        const path = posix.join(at, modelFilePath(model));
        const text = byPath.get(path);
        if (text !== undefined) return { path, text };
        if (at === '/') return undefined;
      }
    },
    identify: (file) => {
      const text = byPath.get(file);
      return text === undefined ? missing : { file, sha256: sha256(text), bytes: text.length };
    },
  };
}

export function read(text: string, files: Files = {}, values?: RunValues): ParsedManifest {
  return parseManifest(
    {
      path: `${folder}/night.yaml`,
      shownAs: 'batches/night.yaml',
      text,
      sha256: sha256(text),
      workingDirectory: '/home/ann',
      ...(values && { values }),
    },
    memorySources(files),
  );
}

/** The manifest of a text that has no errors. */
export function accepted(text: string, files: Files = {}): Manifest {
  const { manifest, problems } = read(text, files);
  if (!manifest) throw new Error(problems.map(renderProblem).join('\n\n'));
  return manifest;
}

/** What is printed about a text, problem by problem. */
export function frames(text: string, files: Files = {}): string {
  return read(text, files).problems.map(renderProblem).join('\n\n');
}

/** Messages of the errors only. */
export function errors(text: string, files: Files = {}): readonly string[] {
  return read(text, files)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
}

/** All values of one axis. */
export function values(manifest: Manifest, name: AxisName): readonly AxisValue[] {
  const axis = manifest.axes.find((each) => each.name === name);
  return Array.from({ length: axis?.size ?? 0 }, (_, index) => axis?.at(index)).filter(
    (value) => value !== undefined,
  );
}

export function labels(manifest: Manifest, name: AxisName): readonly string[] {
  return values(manifest, name).map(({ label }) => label);
}

/** A manifest with lyrics and all kinds of tags, and whatever else is given. */
export function manifestWith(rest: string): string {
  return `name: night
defaults: { prompt: "[verse]\\nOne line", genre: Pop, instrument: Piano, mood: happy, gender: male, timbre: deep vocal }
${rest}`;
}
