/**
 * A small batch in a world of faults, in the two situations in which any fault may be met: by the run
 * that bought the songs, and by a new process after that one was killed with the fault before it.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Answer, Intervention, Meddling, Reply } from '../cli/meddler.ts';
import type { Ended, ManifestChoice, World, WorldOptions } from '../cli/rig.ts';
import { createWorld, manifestText, tinySong } from '../cli/rig.ts';

const situations = ['while running', 'at restart'] as const;

export type Situation = (typeof situations)[number];

/**
 * Every row in every situation, for `test.for`. A variant of a fault that another row stands for is met
 * in one of them (`only`): processes are what these tests take their time for.
 */
export function inEverySituation<Row extends object>(
  rows: readonly Row[],
): (Row & { situation: Situation })[] {
  return rows.flatMap((row) => {
    const only = 'only' in row ? row.only : undefined;
    const met = situations.filter((situation) => only === undefined || only === situation);
    if (met.length === 0) throw new Error(`no such situation: ${String(only)}`);
    return met.map((situation) => ({ ...row, situation }));
  });
}

export interface BatchOptions extends Omit<WorldOptions, 'meddle'> {
  readonly manifest?: ManifestChoice;
  /** Words after `run m.yaml`. */
  readonly flags?: readonly string[];
  readonly config?: object;
  /** Which requests the fault is about; the first of them is where the first process is killed. */
  readonly target: (path: string) => boolean;
  /** What becomes of them; `nth` counts them from 1, those of the killed process included. */
  readonly fault: (nth: number, path: string, request: Parameters<Intervention>[2]) => Meddling;
  /** Which of them is where the first process is killed; the first unless given. */
  readonly killAt?: number;
  /** Before the first process starts. */
  readonly prepare?: (world: World) => Promise<void> | void;
  /** While the process that is to be killed runs, with what kills it; for moments that are no request. */
  readonly whileRunning?: (first: { world: World; kill: () => void }) => Promise<void>;
  /** Requests that are not the target's. */
  readonly otherwise?: Intervention;
}

export interface MetBatch {
  readonly world: World;
  readonly seeds: number;
  /** The SHA-256 of what the server made for each seed. */
  readonly made: ReadonlyMap<string, string>;
  /** How the last process ended. */
  readonly last: Ended;
  /** Runs the same command again. */
  readonly again: (...more: string[]) => Promise<Ended>;
}

/** Runs the batch into the fault, once while running or, after a SIGKILL, with a second process. */
export async function meet(situation: Situation, options: BatchOptions): Promise<MetBatch> {
  const { manifest, flags = [], config, target, fault, killAt = 1, ...others } = options;
  const { whileRunning, prepare, otherwise, ...rest } = others;
  const { render = tinySong } = options;
  const made = new Map<string, string>();
  let seen = 0;
  let kill: (() => void) | undefined;
  const world = await createWorld({
    ...rest,
    render: async (song, rendering) => {
      const rendered = await render(song, rendering);
      made.set(song.seed, hash('sha256', rendered.file));
      return rendered;
    },
    meddle: (path, nth, request) => {
      if (!target(path)) return otherwise?.(path, nth, request) ?? 'pass';
      seen++;
      const meddling = fault(seen, path, request);
      return kill && seen === killAt ? killedBefore(meddling, kill) : meddling;
    },
  });
  await prepare?.(world);
  const seeds = manifest?.seeds ?? 3;
  world.write('m.yaml', manifestText({ seeds, ...manifest }));
  if (config) world.write('songbatch.config.json', JSON.stringify(config));
  const command = ['run', 'm.yaml', '--settle-grace', '1s', ...flags];

  if (situation === 'at restart') {
    const { child, ended } = world.start(...command);
    kill = () => child.kill('SIGKILL');
    await whileRunning?.({ world, kill });
    expect((await ended).code, 'the first process was killed').toBe(null);
    kill = undefined;
  }
  const last = await world.songbatch(...command);
  return { world, seeds, made, last, again: (...more) => world.songbatch(...command, ...more) };
}

/** The server gets what it would get; the client dies before it hears of it. */
function killedBefore(meddling: Meddling, kill: () => void): Meddling {
  const reachesServer = typeof meddling === 'function' || meddling !== 'lose-request';
  if (!reachesServer || typeof meddling === 'object') {
    kill();
    return 'lose-request';
  }
  return () => {
    kill();
    return { status: 500, body: '', then: 'silence' };
  };
}

export const isRun = (path: string) => path.startsWith('/Run/');
export const isTaskCall = (path: string) => path.startsWith('/Task/');
export const isSong = (path: string) => path.startsWith('/files/');

/** The server's answer with its JSON changed. */
export function rewrite(change: (body: Record<string, unknown>) => unknown): (a: Answer) => Reply {
  return ({ status, body }) => ({
    status,
    body: JSON.stringify(change(JSON.parse(body.toString()) as Record<string, unknown>)),
  });
}

export type RawTask = Record<string, unknown> & { id: string; parameters: Record<string, unknown> };

/** The server's answer with every task in it changed; undefined takes one out. */
export function rewriteTasks(
  change: (task: RawTask) => object | undefined,
): (answer: Answer) => Reply {
  return rewrite((body) => {
    const tasks = body['tasklist'] as RawTask[] | undefined;
    if (!tasks) return body;
    return { ...body, tasklist: tasks.map(change).filter((task) => task !== undefined) };
  });
}

/** The API's way to say no. */
export function refusal(code: number, message: string): Reply {
  return { status: 200, body: JSON.stringify({ result: false, errors: [{ code, message }] }) };
}

interface Metadata {
  readonly jobs: readonly {
    readonly status: string;
    readonly costUsd: string;
    readonly coordinates: Record<string, string>;
    readonly attempts: readonly {
      readonly taskId?: string;
      readonly adopted?: boolean;
      readonly failure?: { readonly reason: string; readonly message: string };
    }[];
    readonly outputs: readonly { readonly path: string; readonly sha256: string }[];
  }[];
}

export function metadataOf(world: World): Metadata {
  return world.json('out/metadata.json') as Metadata;
}

/** Below the output folder, sorted; the listening page aside. */
export function filesOf(world: World): string[] {
  if (!existsSync(join(world.folder, 'out'))) return [];
  return readdirSync(join(world.folder, 'out'), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(world.folder, 'out/').length))
    .filter((path) => !listeningFiles.test(path))
    .sort();
}

/** The page, what it loads, and the lock under which it is written. */
const listeningFiles =
  /^report\/(index\.html|\.lock|data\/[0-9a-f]{32}\.js|sound\/[0-9a-f]{32}\.(json|png))$/;
const batchFiles = ['SHA256SUMS', 'metadata.json', 'state.sqlite'];

/**
 * Every song of the batch is there, whole, as the server made it, and nothing else is; the server has
 * made and billed each once.
 */
export function expectAllHome(batch: MetBatch): void {
  const { world, seeds, last } = batch;
  expect(last).toMatchObject({ code: 0 });
  const { created, duplicates, billed } = world.server.books();
  expect({ created, duplicates }).toEqual({ created: seeds, duplicates: 0 });
  expectWhole(batch);
  const spent = metadataOf(world).jobs.reduce((sum, { costUsd }) => sum + Number(costUsd), 0);
  expect(spent.toFixed(12)).toBe(billed);
}

/** The songs and the files about them, whatever they have cost. */
export function expectWhole({ world, seeds, made }: MetBatch): void {
  const songs = Array.from({ length: seeds }, (_, index) => `vocal/${index + 1}.wav`).sort();
  expect(filesOf(world)).toEqual([...batchFiles, ...songs]);
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {
    cwd: join(world.folder, 'out'),
  });
  for (const { parameters } of world.server.books().tasks) {
    const seed = String(parameters['seed']);
    const job = metadataOf(world).jobs.find(({ coordinates }) => coordinates['seed'] === seed);
    expect(job?.outputs).toMatchObject([{ sha256: made.get(seed) }]);
  }
}
