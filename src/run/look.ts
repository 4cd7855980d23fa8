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
/** Pages that show less of what is wanted than asking for each would; then that is done. */
const mostVainPages = 20;
/** Calls at once: one after the other they would take longer than tasks in flight by the thousand allow. */
const callsAtOnce = 8;
/** Tasks that pages read at once share with their neighbours: the list moves on while it is read. */
const overlap = 20;
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
  const { wanted, inFlight, take, signal } = look;
  const refusals: ApiFault[] = [];
  const single = new Set(wanted.keys());
  const listed = new Map([...wanted].filter(([, { isDeep }]) => !isDeep));
  const section = whereabouts(listed, look);
  // Where each page shows less than one of them they are asked for one by one.
  if (listed.size > Math.max(1, section.length / longestPage / 2)) {
    const reading = readList(api, model, look, listed, section).then(({ unseen, incomplete }) => {
      for (const [id, { acceptedAt }] of listed) {
        const mayCome = acceptedAt > look.listedBy;
        if (!unseen.has(id) || mayCome) single.delete(id);
        if (unseen.has(id) && mayCome) look.miss(id);
      }
      for (const id of incomplete) single.add(id);
    });
    await reading.catch(noteRefusal(refusals));
  }
  const left = [...single].filter((id) => inFlight.has(id));
  for (let next = 0; next < left.length; next += callsAtOnce) {
    const asked = left.slice(next, next + callsAtOnce).map(async (id) => {
      await api
        .task(id, signal)
        .then((report) => {
          take(id, report);
        })
        .catch(noteRefusal(refusals));
    });
    await Promise.all(asked);
  }
  if (refusals[0]) throw refusals[0];
}

interface Read {
  /** Of the wanted, what the list does not show. */
  readonly unseen: ReadonlySet<string>;
  /** Ended, but not as a task ends that went well and was billed: Detail is to say so, too. */
  readonly incomplete: ReadonlySet<string>;
}

async function readList(
  api: SongApi,
  model: string,
  { inFlight, take, signal }: Look,
  wanted: ReadonlyMap<string, Sought>,
  { from, length }: Section,
): Promise<Read> {
  const unseen = new Set(wanted.keys());
  const incomplete = new Set<string>();
  // Until the first is found: what stands before it may be others', or have ended already.
  let patience = mostVainPages + (from + length) / longestPage;
  let start = from;
  let limit = Math.min(longestPage, length);
  let width = 1;
  // Asking for each that is left must not be cheaper than reading on.
  for (let vain = 0; vain < Math.min(patience, unseen.size);) {
    const starts = Array.from({ length: width }, (_, nth) => start + nth * (longestPage - overlap));
    const pages = await Promise.all(
      starts.map((page) => api.tasks(model, { start: page, limit }, signal)),
    );
    const before = unseen.size;
    for (const [nth, { tasks, total }] of pages.entries()) {
      const left = unseen.size;
      for (const report of tasks) {
        const { id } = report;
        if (!inFlight.has(id)) continue;
        unseen.delete(id);
        if (isIncomplete(report)) incomplete.add(id);
        else take(id, report);
      }
      vain = Math.max(0, vain + 1 - (left - unseen.size));
      start = (starts[nth] ?? start) + tasks.length;
      if (unseen.size === 0 || tasks.length === 0 || start >= total) return { unseen, incomplete };
    }
    if (unseen.size < wanted.size) patience = mostVainPages;
    width = pagesAtOnce(width, before - unseen.size, unseen.size);
    limit = longestPage;
  }
  // Where it broke off before its end, for showing too few of them, they may well stand where they should.
  if (start < from + length) return { unseen, incomplete };
  for (const [id, sought] of wanted) sought.isDeep = unseen.has(id);
  return { unseen, incomplete };
}

/** Twice as many as last time, but no more than it takes where they show as much as those did. */
function pagesAtOnce(last: number, seen: number, unseen: number): number {
  if (seen < last) return 1;
  return Math.min(callsAtOnce, 2 * last, Math.ceil((unseen * last) / seen));
}

/** A part of the list. */
interface Section {
  readonly from: number;
  readonly length: number;
}

/** Where the wanted stand in a list that has the newest first, if all of it were ours. */
function whereabouts(wanted: ReadonlyMap<string, Sought>, { inFlight, listedBy }: Look): Section {
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
