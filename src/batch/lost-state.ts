/**
 * The state is what knows that a song is paid for. Where it is gone (not restored from a cache, removed,
 * cut to nothing, looked for under another name) but the metadata beside the songs tells of tasks, a run
 * would take the batch for a new one and buy everything again. That is for the user to say.
 */
import type { Stats } from 'node:fs';
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from './batch.ts';
import { shownPath } from './batch.ts';
import { UsageError } from './usage-error.ts';

/** In a folder whose songs a database knows (`engine/folder-mark.ts`). */
export const engineMark = '.songbatch-engine';

/** Throws `UsageError` where running would buy again what the metadata tells of. */
export async function refuseLostState(
  { outputDir, statePath, selection }: Pick<Batch, 'outputDir' | 'statePath' | 'selection'>,
  workingDirectory: string,
): Promise<void> {
  const mark = join(outputDir, engineMark);
  if (statOf(mark)) {
    throw new UsageError(
      `${shownPath(outputDir, workingDirectory)} has the songs of a batch that was begun at an engine, whose state is not here: a run would buy them again`,
      `name that engine with --engine (or SONGBATCH_ENGINE), or choose another folder (--out); to start anew, move ${engineMark} away`,
    );
  }
  const state = statOf(statePath);
  // What is there but cannot be used is for the store to refuse.
  if (state && state.size > 0) return;
  const metadata = join(outputDir, 'metadata.json');
  if (!statOf(metadata)?.isFile()) return;
  const [told, missing] = [metadata, statePath].map((path) => shownPath(path, workingDirectory));
  const what = `their state ${missing} is ${state ? 'empty' : 'gone'}`;
  const hint = selection.shard
    ? `if those are songs of another shard: give each shard an output folder of its own (--out), and put them together with songbatch merge; else put the state back, or say with --state where it is`
    : `put the state back, or say with --state where it is; to start anew, move ${told} away`;
  const tasks = await countTasks(metadata).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${told} may tell of songs, but cannot be read (${words}), and ${what}`,
      hint,
    );
  });
  if (tasks === 0) return;
  const count = tasks === 1 ? 'one task' : `${tasks} tasks`;
  throw new UsageError(
    `${told} tells of ${count}, but ${what}: a run would buy those songs again`,
    hint,
  );
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** So far into the document stands what wrote it. */
const head = 4096;
const ours = /"tool"\s*:\s*\{\s*"name"\s*:\s*"songbatch"/;
const taskKey = /"taskId"\s*:/g;
const longestKey = 64;

/**
 * Tasks in a document of ours; 0 in any other. Looked for in the text, piece by piece: the document of a
 * large batch does not fit into a string. Within a text of the document the key's quotes would be
 * escaped, so that what is found is a key.
 */
async function countTasks(path: string): Promise<number> {
  let tasks = 0;
  let start = '';
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8' })) {
    const text = rest + String(piece);
    if (start.length < head) {
      start += String(piece);
      if (start.length >= head && !ours.test(start.slice(0, head))) return 0;
    }
    let end = 0;
    for (const found of text.matchAll(taskKey)) {
      tasks++;
      end = found.index + found[0].length;
    }
    rest = text.slice(Math.max(end, text.length - longestKey));
  }
  return ours.test(start.slice(0, head)) ? tasks : 0;
}
