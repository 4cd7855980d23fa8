/**
 * With `{date}` in output.dir every day is a batch of its own. So the same command, called again after
 * midnight, begins another batch, while what it bought the day before waits under yesterday's date; that
 * must not happen unsaid. It is a warning and no refusal: a night that failed half-way must not stop all
 * nights after it, and whether it is to be gone on with is for the user to say.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { policyOf } from '../job/next-step.ts';
import type { StoreReader } from '../job/store.ts';
import type { Problem } from '../manifest/problem.ts';
import { everything } from '../plan/selection.ts';
import { takeStock } from '../run/standing.ts';
import { openStoreReader } from '../state/sqlite-store.ts';
import { StateError } from '../state/state-error.ts';
import type { Batch } from './batch.ts';
import { dayBefore } from './run-values.ts';

/** Days before today on which is looked; what was bought longer ago is no longer to be had. */
const daysBack = 31;

/** The latest days are told of. */
const mostTold = 3;

export interface DaysFolders {
  /** A place of songs as the user would type it. */
  readonly shown: (place: string) => string;
  /** Where on this machine its state is: absolute. */
  readonly folderOf: (place: string) => string;
}

/**
 * To be asked where nobody has said the date. Once something was bought today there is nothing to be told
 * any more; a state alone says nothing, `retry` and `cancel` leave one behind too.
 */
export function unfinishedDays(
  batch: Batch,
  today: string,
  { shown, folderOf }: DaysFolders,
): readonly Problem[] {
  const { dirOn } = batch.manifest.output;
  if (!dirOn || hasBought(batch.statePath)) return [];
  const warnings: Problem[] = [];
  let isLatest = true;
  for (let back = 1; back <= daysBack && warnings.length < mostTold; back++) {
    const date = dayBefore(today, back);
    const state = join(folderOf(dirOn(date)), basename(batch.statePath));
    if (!existsSync(state)) continue;
    const left = whatIsLeft(state, batch, isLatest);
    isLatest = false;
    if (left === undefined) continue;
    warnings.push({
      severity: 'warning',
      file: batch.shownAs,
      message: `${shown(dirOn(date))} is not finished: ${left}; ${shown(batch.manifest.output.dir)} is another batch, for which everything is bought anew`,
      hint: `the same command with --date ${date} goes on with the other one`,
    });
  }
  return warnings;
}

/** What cannot be read is for the run to refuse. */
function hasBought(statePath: string): boolean {
  let store: StoreReader | undefined;
  try {
    store = openStoreReader(statePath);
    if (!store) return false;
    const { intended, running, succeeded, saved, failed } = store.counts().jobs;
    return intended + running + succeeded + saved + failed > 0;
  } catch (error) {
    if (error instanceof StateError) return true;
    throw error;
  } finally {
    store?.close();
  }
}

/** @param isLatest only the latest day can be one that this very run was meant to go on with */
function whatIsLeft(path: string, batch: Batch, isLatest: boolean): string | undefined {
  let store: StoreReader | undefined;
  try {
    store = openStoreReader(path);
    const { jobs } = store?.counts() ?? {};
    if (!store || !jobs) return undefined;
    const parts: [number, string][] = [
      [jobs.running + jobs.succeeded, 'in flight'],
      [jobs.intended, 'in doubt'],
      [isLatest ? waitingIn(store, batch) : 0, 'waiting'],
    ];
    const left = parts.filter(([number]) => number > 0);
    if (left.length === 0) return undefined;
    return left.map(([number, word]) => `${number} ${word}`).join(', ');
  } catch (error) {
    if (error instanceof StateError) return error.message;
    throw error;
  } finally {
    store?.close();
  }
}

/** By today's manifest. Where that has dropped jobs of the other day it was another then, and tells nothing. */
function waitingIn(store: StoreReader, { plan, manifest }: Batch): number {
  const { tally, gone } = takeStock(plan, everything, store, policyOf(manifest));
  return gone > 0 ? 0 : tally.waiting;
}
