/**
 * Looks at tasks: one Task/List call for up to a hundred of them, Task/Detail for a single task, for what
 * the list does not show, and before a task is believed to have failed or to have cost nothing (a list
 * that leaves a field out must cost neither a paid song nor an honest bill).
 */
import { ApiFault } from '../job/api-fault.ts';
import type { SongApi } from '../job/song-api.ts';
import type { TaskReport } from '../job/task.ts';

/** Wiro's limit for a page. */
const longestPage = 100;
/** Pages in a row that show none of what is wanted; what is not found by then is asked for one by one. */
const mostVainPages = 20;
/** How far the order of the list may differ from that in which tasks were accepted here. */
const disorder = 5;

/** A task that somebody waits for. */
export interface Sought {
  readonly acceptedAt: number;
  /** Too deep in the list to be looked for there again. */
  isDeep: boolean;
}

export interface Look {
  /** The tasks that are to be looked at, by id. */
  readonly wanted: ReadonlyMap<string, Sought>;
  /** All that are awaited: what is newer than those wanted need not be listed. */
  readonly inFlight: ReadonlyMap<string, Sought>;
  /** Tasks that were accepted later may not have come to the list yet. */
  readonly listedBy: number;
  /** Undefined: the API does not know the task. Also called for others in flight that were listed. */
  readonly take: (id: string, report: TaskReport | undefined) => void;
  /** Told of the wanted that may not have come to the list yet, and are not there. */
  readonly miss: (id: string) => void;
  readonly signal: AbortSignal;
}

/** Where the list is refused, or one task, the others are asked for all the same; then it throws. */
export async function lookAt(api: SongApi, model: string, look: Look): Promise<void> {
  const { wanted, take, signal } = look;
  const refusals: ApiFault[] = [];
  const single = new Map(wanted);
  const listed = new Map([...wanted].filter(([, { isDeep }]) => !isDeep));
  if (listed.size > 1) {
    const reading = readList(api, model, look, listed).then((unseen) => {
      for (const [id, { acceptedAt }] of listed) {
        const mayCome = acceptedAt > look.listedBy;
        if (!unseen.has(id) || mayCome) single.delete(id);
        if (unseen.has(id) && mayCome) look.miss(id);
      }
    });
    await reading.catch(noteRefusal(refusals));
  }
  for (const id of single.keys()) {
    const asked = api.task(id, signal).then((report) => {
      take(id, report);
    });
    await asked.catch(noteRefusal(refusals));
  }
  if (refusals[0]) throw refusals[0];
}

/** Answers which of the wanted the list does not show. */
async function readList(
  api: SongApi,
  model: string,
  look: Look,
  wanted: ReadonlyMap<string, Sought>,
): Promise<ReadonlySet<string>> {
  const { inFlight, take, signal } = look;
  const unseen = new Set(wanted.keys());
  const { from, length } = whereabouts(wanted, look);
  let start = from;
  let limit = Math.min(longestPage, length);
  // Asking for each that is left must not be cheaper than reading on.
  for (let vain = 0; vain < Math.min(mostVainPages, unseen.size);) {
    const { tasks, total } = await api.tasks(model, { start, limit }, signal);
    const left = unseen.size;
    for (const report of tasks) {
      const { id } = report;
      if (!inFlight.has(id)) continue;
      unseen.delete(id);
      take(id, isIncomplete(report) ? await api.task(id, signal) : report);
    }
    start += tasks.length;
    if (unseen.size === 0 || tasks.length === 0 || start >= total) return unseen;
    vain = unseen.size < left ? 0 : vain + 1;
    limit = longestPage;
  }
  for (const [id, sought] of wanted) sought.isDeep = unseen.has(id);
  return unseen;
}

/** Where the wanted stand in a list that has the newest first, if all of it were ours. */
function whereabouts(
  wanted: ReadonlyMap<string, Sought>,
  { inFlight, listedBy }: Look,
): { readonly from: number; readonly length: number } {
  const times = [...wanted.values()].map(({ acceptedAt }) => acceptedAt);
  const newest = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const oldest = times.reduce((a, b) => Math.min(a, b), Infinity);
  let newer = 0;
  let perhapsNewer = 0;
  let between = 0;
  for (const { acceptedAt, isDeep } of inFlight.values()) {
    if (isDeep) continue;
    if (acceptedAt > newest) {
      if (acceptedAt > listedBy) perhapsNewer++;
      else newer++;
    } else if (acceptedAt >= oldest) {
      between++;
    }
  }
  // Others on the account, and what has ended already, may stand between them.
  return {
    from: Math.max(0, newer - disorder),
    length: perhapsNewer + between * 2 + 2 * disorder,
  };
}

/** Ended, but not as a task ends that went well and was billed. */
function isIncomplete({ state, cost }: TaskReport): boolean {
  return state.kind === 'failed' || (state.kind === 'succeeded' && cost === 0n);
}

/** Takes note of a no; what will not be mended by asking something else passes. */
function noteRefusal(refusals: ApiFault[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ApiFault) || error.kind !== 'refused') throw error;
    refusals.push(error);
  };
}
