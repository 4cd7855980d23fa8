/**
 * A run in a process of its own, for tests that kill it or starve it. It does what its standard input
 * says, a line at a time, and answers each line with one of JSON.
 *   open | close | live <seed> <events> | counts
 *   long <seed> <kilobytes>   an intent for that song, and in the same tick one with lyrics so long
 *   contend <times>           takes and releases the lock that the path names
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Store } from '../../src/job/store.ts';
import { takeRunLock } from '../../src/state/run-lock.ts';
import { openStore } from '../../src/state/sqlite-store.ts';
import { DiskFault } from '../../src/job/disk-fault.ts';
import { StateError } from '../../src/state/state-error.ts';
import { identity, policy } from './identity.ts';
import { goodLife, live, songJob } from './songs.ts';

const path = process.argv[2] ?? '';
let store: Store | undefined;

async function act(command: string, first: number, second: number): Promise<unknown> {
  if (command === 'open') {
    const opened = openStore(path, { identity, policy });
    store = opened.store;
    return { pid: process.pid, tookOver: opened.tookOver };
  }
  if (command === 'contend') return contend(first);
  if (!store) throw new Error('not open');
  switch (command) {
    case 'live':
      return (await live(store, first, second)).attempts.length;
    case 'long': {
      const job = songJob(first);
      const prompt = 'x'.repeat(second * 1024);
      const long = { ...songJob(-first), parameters: { ...job.parameters, prompt } };
      const [intended] = goodLife(first);
      const both = [store.append(job, intended), store.append(long, intended)];
      await Promise.allSettled(both);
      return await both[0];
    }
    case 'counts':
      return store.counts().jobs;
    case 'close':
      store.close();
      return 'closed';
    default:
      throw new Error(`what is ${command}?`);
  }
}

/** `met`: how often somebody else was there while the lock was held. */
function contend(times: number): { readonly held: number; readonly met: number } {
  let held = 0;
  let met = 0;
  while (held < times) {
    const lock = takeRunLock(path);
    if (!lock) continue;
    held += 1;
    try {
      closeSync(openSync(`${path}.inside`, 'wx'));
      rmSync(`${path}.inside`);
    } catch {
      met += 1;
    }
    lock.release();
  }
  return { held, met };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', first = '0', second = '0'] = line.split(' ');
  const answer = await act(command, Number(first), Number(second)).catch((error: unknown) => ({
    error: errorName(error),
    message: error instanceof Error ? error.message : '',
  }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function errorName(error: unknown): string {
  if (error instanceof DiskFault) return 'disk';
  return error instanceof StateError ? error.kind : String(error);
}
