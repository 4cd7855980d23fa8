/**
 * The file of the configuration: found by cosmiconfig from the working directory up to the folder of a
 * package.json, or named. It is read here, not by cosmiconfig: text stays text, so that a mistake in it can
 * be shown in its place; of a program there is only what it exports.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader } from 'cosmiconfig';
import { shownPath } from './batch.ts';
import { ConfigError } from './config-error.ts';
import { diskSources } from './disk-sources.ts';

export interface ConfigFile {
  /** Path as the user would type it. */
  readonly file: string;
  readonly content: ConfigContent;
}

export type ConfigContent =
  | { readonly kind: 'text'; readonly text: string }
  /** Of a package.json, whose key `songbatch` is the configuration. */
  | { readonly kind: 'package'; readonly text: string }
  /** What a program exports. */
  | { readonly kind: 'value'; readonly value: unknown };

const name = 'songbatch';

/** In each folder, in this order. */
const places = [
  'package.json',
  '.songbatchrc',
  '.songbatchrc.json',
  '.songbatchrc.yaml',
  '.songbatchrc.yml',
  'songbatch.config.json',
  'songbatch.config.yaml',
  'songbatch.config.yml',
  'songbatch.config.js',
  'songbatch.config.mjs',
  'songbatch.config.cjs',
  'songbatch.config.ts',
];

const programs = ['.js', '.mjs', '.cjs', '.ts'];

/** Bytes; a package.json may be long. */
const largestConfig = 4 * 1024 * 1024;

/**
 * Undefined where none is named and none is found. Throws `ConfigError` where it cannot be read.
 *
 * @param named as typed
 */
export async function findConfigFile(
  workingDirectory: string,
  named: string | undefined,
): Promise<ConfigFile | undefined> {
  const path =
    named === undefined ? await search(workingDirectory) : resolve(workingDirectory, named);
  if (path === undefined) return undefined;
  const file = named ?? shownPath(path, workingDirectory);
  const text = diskSources.readText(path, largestConfig);
  if (typeof text !== 'string') throw refusal(file, text.unreadable);
  if (programs.includes(extname(path))) return { file, content: await run(path, file) };
  const kind = basename(path) === 'package.json' ? 'package' : 'text';
  return { file, content: { kind, text } };
}

async function search(workingDirectory: string): Promise<string | undefined> {
  refuseBrokenPackage(workingDirectory);
  const { cosmiconfig } = await import('cosmiconfig');
  const extensions = ['.json', '.yaml', '.yml', ...programs, 'noExt'];
  const explorer = cosmiconfig(name, {
    searchStrategy: 'project',
    searchPlaces: places,
    loaders: Object.fromEntries(extensions.map((extension) => [extension, notice])),
  });
  const found = await explorer.search(workingDirectory);
  refusePassedOver(workingDirectory, found?.filepath);
  return found?.filepath;
}

/**
 * cosmiconfig passes over what it cannot read: a link to nowhere, a folder that a container was given in
 * place of a file, a file of somebody else's. But a configuration says what may be spent: one that is there
 * must not count as none.
 */
function refusePassedOver(workingDirectory: string, found: string | undefined): void {
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    for (const place of places) {
      const path = join(folder, place);
      if (path === found) return;
      if (!isThere(path)) continue;
      const text = diskSources.readText(path, largestConfig);
      if (typeof text !== 'string') {
        throw refusal(shownPath(path, workingDirectory), text.unreadable);
      }
      if (place === 'package.json') refuseBrokenPackage(folder, workingDirectory);
    }
    if (['package.json', 'package.yaml'].some((name) => isThere(join(folder, name)))) return;
    if (dirname(folder) === folder) return;
  }
}

/** cosmiconfig breaks off at one in the working directory, and any may have our key in it. */
function refuseBrokenPackage(folder: string, workingDirectory = folder): void {
  const path = join(folder, 'package.json');
  const text = diskSources.readText(path, largestConfig);
  if (typeof text !== 'string') return;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw refusal(
      shownPath(path, workingDirectory),
      `it is no JSON, and may have a key "songbatch" (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Tells cosmiconfig that the file is one; a package.json is where it has our key. */
const notice: Loader = (path, text) =>
  basename(path) !== 'package.json' || hasOwnPart(text) ? { [name]: true } : {};

/** One that is no JSON is refused where it is looked for what was passed over. */
function hasOwnPart(text: string): boolean {
  try {
    return Object.hasOwn(JSON.parse(text.replace(/^\uFEFF/, '')) as object, name);
  } catch {
    return false;
  }
}

async function run(path: string, file: string): Promise<ConfigContent> {
  let exported: unknown;
  try {
    exported = await import(pathToFileURL(realpathSync(path)).href);
  } catch (error) {
    throw refusal(file, error instanceof Error ? error.message : String(error));
  }
  const { default: value } = exported as { readonly default?: unknown };
  if (value === undefined) {
    throw refusal(file, 'it has no default export', 'begin with "export default {"');
  }
  return { kind: 'value', value };
}

function refusal(file: string, why: string, hint?: string): ConfigError {
  const message = `cannot read the configuration: ${why}`;
  return new ConfigError([
    { severity: 'error', message, ...(hint !== undefined && { hint }), file },
  ]);
}
