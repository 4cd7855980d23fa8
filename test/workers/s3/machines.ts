/** Machines that share a database and a bucket, and no folder: processes of the real CLI, each in a folder of its own. */
import { globSync } from 'node:fs';
import { inject, onTestFinished } from 'vitest';
import { until, type Ended, type Running } from '../../cli/rig.ts';
import { hasEnded } from '../fleet.ts';
import { createDatabase } from '../servers/postgres.ts';
import type { S3Server } from './ceph.ts';
import { createBucketWorld, type BucketWorld, type BucketWorldOptions } from './world.ts';

export interface Machine {
  readonly start: (...words: string[]) => Running;
  readonly songbatch: (...words: string[]) => Promise<Ended>;
  /** Resolves when it takes orders. */
  readonly worker: (...words: string[]) => Promise<Running>;
}

export interface Machines extends Omit<BucketWorld, 'start' | 'songbatch' | 'localSongs'> {
  /** The one of that name, with a folder of that name. @param exported shell words: `A=1 B=2` */
  readonly machine: (name: string, exported?: string) => Machine;
  /** URL of their database. */
  readonly engine: string;
  /** URL of another database, which knows nothing of the first. */
  readonly otherEngine: string;
  /** Songs that are on any of them. */
  readonly songsOnMachines: () => readonly string[];
}

export async function createMachines(
  ceph: S3Server,
  { environment, ...options }: BucketWorldOptions = {},
): Promise<Machines> {
  const engine = await createDatabase(inject('postgres'));
  let here = 'true';
  const { start, ...world } = await createBucketWorld(ceph, {
    ...options,
    environment: { SONGBATCH_ENGINE: engine, ...environment },
    shell: () => here,
  });
  const started = new Set<Running>();
  onTestFinished(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all([...started].map(({ ended }) => ended));
  });

  const machine = (name: string, exported?: string): Machine => {
    const startHere = (...words: string[]) => {
      here = `mkdir -p ${name} && cd ${name}${exported === undefined ? '' : ` && export ${exported}`}`;
      const running = start(...words);
      started.add(running);
      return running;
    };
    return {
      start: startHere,
      songbatch: (...words) => startHere(...words).ended,
      worker: async (...words) => {
        const running = startHere('worker', ...words);
        await until(() => running.stderr().includes('at work for') || hasEnded(running));
        if (hasEnded(running)) throw new Error((await running.ended).stderr);
        return running;
      },
    };
  };
  return {
    ...world,
    machine,
    engine,
    otherEngine: await createDatabase(inject('postgres')),
    songsOnMachines: () => globSync('*/.songbatch/**/waiting/**/*.*', { cwd: world.folder }),
  };
}
