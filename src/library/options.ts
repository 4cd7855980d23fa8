/**
 * What a program says in the place of flags, environment variables and a configuration: none of these is
 * read behind its back. Turned into what the rest of songbatch works with.
 */
import type { BatchFlags } from '../batch/batch.ts';
import type { Config } from '../batch/config.ts';
import type { Surroundings } from '../batch/surroundings.ts';
import type { AxisName } from '../manifest/manifest.ts';

/** How a manifest is read. */
export interface LoadOptions {
  /** What paths are relative to; the process's unless given. */
  readonly workingDirectory?: string;
  /** What {date} stands for, YYYY-MM-DD; today, UTC, unless given. */
  readonly date?: string;
  /** What {runId} stands for. */
  readonly runId?: string;
  /** What {env.NAME} may stand for; no variable of the process is. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Whom to ask: the embedded server, or Wiro with the key of a project. */
export type ServiceOptions =
  | { readonly sandbox: true }
  | {
      readonly sandbox?: false;
      readonly key: string;
      /** Of a signed project. */
      readonly secret?: string;
      /** `https://api.wiro.ai/v1` unless given. */
      readonly baseUrl?: string;
      /** Where word of tasks comes from; `none` goes without. */
      readonly socketUrl?: string;
    };

/** Labels by axis: a job is meant where it has one of them on each axis named. */
export type LabelChoice = Partial<Readonly<Record<AxisName, string | readonly string[]>>>;

/** Which part of a batch is meant, and where it lies. */
export interface BatchOptions {
  /** In the place of the manifest's `output.dir`. */
  readonly outputDir?: string;
  /** `state.sqlite` in the output folder unless given. */
  readonly statePath?: string;
  readonly only?: LabelChoice;
  readonly skip?: LabelChoice;
  /** The i-th (from 1) of n parts, by job id. */
  readonly shard?: { readonly index: number; readonly of: number };
}

export function batchFlags(
  { outputDir, statePath, only, skip, shard }: BatchOptions,
  { date, runId }: LoadOptions,
): BatchFlags {
  return {
    ...(outputDir !== undefined && { out: outputDir }),
    ...(statePath !== undefined && { state: statePath }),
    ...(only && { only: labelsOf(only) }),
    ...(skip && { skip: labelsOf(skip) }),
    ...(shard && { shard }),
    ...(date !== undefined && { date }),
    ...(runId !== undefined && { runId }),
  };
}

export function surroundingsOf(
  { workingDirectory = process.cwd(), env = {} }: LoadOptions,
  service: ServiceOptions | undefined,
  tell: (text: string) => void,
): Surroundings {
  return {
    workingDirectory,
    tell,
    environment: { ...env, ...(service && variablesOf(service)) },
  };
}

export function configOf({ env = {} }: LoadOptions): Config {
  return { env: Object.keys(env) };
}

function variablesOf(service: ServiceOptions): Record<string, string> {
  if (service.sandbox) return {};
  const { key, secret, baseUrl, socketUrl } = service;
  return {
    WIRO_API_KEY: key,
    ...(secret !== undefined && { WIRO_API_SECRET: secret }),
    ...(baseUrl !== undefined && { WIRO_BASE_URL: baseUrl }),
    ...(socketUrl !== undefined && { WIRO_SOCKET_URL: socketUrl }),
  };
}

function labelsOf(choice: LabelChoice): readonly string[] {
  return Object.entries(choice).flatMap(([axis, labels]) =>
    [labels].flat().map((label) => `${axis}=${label}`),
  );
}
