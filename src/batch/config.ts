/**
 * The configuration file, found by cosmiconfig from the working directory up to the project's root,
 * and checked against `schemas/config.schema.json` before anything of it is used.
 */
import { cosmiconfig } from 'cosmiconfig';
import type { SongFormat } from '../sandbox/engine/encode/format.ts';
import { validateConfig } from '../schemas/validators.ts';
import { UsageError } from './usage-error.ts';

export interface Config {
  readonly baseUrl?: string;
  /** Or `none`. */
  readonly socketUrl?: string;
  readonly webhook?: { readonly url: string; readonly listen?: string };
  readonly limits?: {
    readonly tasks?: number;
    readonly requestsPerSecond?: number;
    readonly budget?: number;
  };
  /** With their units: `30s`. */
  readonly timeouts?: { readonly answer?: string; readonly download?: string };
  /** Environment variables that manifests may use: `{env.NAME}`. */
  readonly env?: readonly string[];
  readonly logFormat?: 'text' | 'json';
  readonly sandbox?: {
    readonly workers?: number;
    readonly speed?: number;
    readonly format?: SongFormat;
  };
}

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
];

export async function loadConfig(workingDirectory: string): Promise<Config> {
  const explorer = cosmiconfig('songbatch', { searchStrategy: 'project', searchPlaces: places });
  let found;
  try {
    found = await explorer.search(workingDirectory);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the configuration cannot be read: ${why}`);
  }
  if (found === null || found.isEmpty) return {};
  return checkConfig(found.config, found.filepath);
}

function checkConfig(config: unknown, file: string): Config {
  if (validateConfig(config)) return config as Config;
  const problems = (validateConfig.errors ?? []).map(({ instancePath, message, params }) => {
    const where = instancePath === '' ? 'top level' : instancePath.slice(1).replaceAll('/', '.');
    const key: unknown = params['additionalProperty'];
    return `  ${where}: ${typeof key === 'string' ? `unknown key "${key}"` : (message ?? 'is not valid')}`;
  });
  throw new UsageError(
    `${file} is not a valid configuration:\n${problems.join('\n')}`,
    'schemas/config.schema.json describes every key',
  );
}
