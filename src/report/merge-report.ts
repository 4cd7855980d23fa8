/** What came of merging output folders: for people as text, for machines as JSON. */
import type { AttemptStage } from '../job/history.ts';
import { exactUsd, showUsd } from '../job/money.ts';
import type { Tally } from '../run/events.ts';
import { count, printable, showTally } from './words.ts';

export interface MergeFacts {
  /** As the user would type it. */
  readonly into: string;
  readonly sources: readonly { readonly folder: string; readonly jobs: number }[];
  readonly tally: Tally;
  readonly songs: {
    readonly linked: number;
    readonly copied: number;
    /** They were in the folder before. */
    readonly there: number;
    readonly missing: readonly { readonly path: string; readonly alteredIn: readonly string[] }[];
  };
  /** What the user decided: the second folder's word was left behind. */
  readonly decided: readonly ContradictedJob[];
  readonly sharedTasks: readonly {
    readonly taskId: string;
    readonly jobs: readonly { readonly id: string; readonly output: string }[];
  }[];
  readonly absentShards: readonly string[];
  readonly chosenManifest?: string;
}

/** A job of which two folders tell what cannot both be. */
export interface ContradictedJob {
  readonly job: { readonly id: string; readonly output: string };
  readonly kind: 'two-tasks' | 'doubt' | 'other-content';
  readonly between: readonly [ClaimOfFolder, ClaimOfFolder];
}

interface ClaimOfFolder {
  readonly folder: string;
  readonly stage: AttemptStage;
  readonly taskId?: string;
}

/** Of anything that may be long, the text shows so much; JSON has it all. */
const shown = 20;

export function mergeText(facts: MergeFacts): string {
  const { into, sources, tally, songs, decided, sharedTasks, absentShards } = facts;
  const folders = sources.map(({ folder, jobs }) => `${printable(folder)} (${count(jobs, 'job')})`);
  const lines = [
    `${printable(into)} has ${count(tally.jobs, 'job')} now, of ${bounded(folders).join(', ')}`,
    `${showTally(tally)} · ${showUsd(tally.spent)} spent in all`,
    `${count(songs.linked + songs.copied + songs.there, 'song')}: ${whence(songs)}`,
  ];
  if (songs.missing.length > 0) {
    lines.push(
      `${count(songs.missing.length, 'song')} missing; the next run downloads them again:`,
    );
    const missing = songs.missing.map(({ path, alteredIn }) => {
      const what =
        alteredIn.length > 0
          ? ` (in ${alteredIn.map((one) => printable(one)).join(', ')} it is not the song that was saved)`
          : '';
      return `  ${printable(path)}${what}`;
    });
    lines.push(...bounded(missing));
  }
  if (decided.length > 0) {
    lines.push('left behind, as you said:', ...bounded(decided.map(contradiction)));
  }
  for (const { taskId, jobs } of sharedTasks.slice(0, shown)) {
    const names = jobs.map(({ output }) => printable(output)).join(' and ');
    lines.push(
      `task ${printable(taskId)} was taken for ${names}: the song that one of them paid for was lost sight of`,
    );
  }
  if (absentShards.length > 0) {
    const verb = absentShards.length === 1 ? 'is' : 'are';
    lines.push(`${bounded(absentShards).join(', ')} ${verb} not among these shards`);
  }
  if (facts.chosenManifest !== undefined) {
    lines.push(
      `they were run from different manifests: metadata.json goes by ${printable(facts.chosenManifest)} as it was run last`,
    );
  }
  lines.push(`songs, metadata.json and SHA256SUMS are in ${printable(into)}`);
  return lines.join('\n');
}

export function mergeJson({ tally, into, ...facts }: MergeFacts): unknown {
  const { spent, ...standing } = tally;
  return {
    into,
    sources: facts.sources,
    tally: standing,
    spentUsd: exactUsd(spent),
    songs: facts.songs,
    leftBehind: facts.decided,
    sharedTasks: facts.sharedTasks.map(({ taskId, jobs }) => ({
      taskId,
      jobs: jobs.map(({ id, output }) => ({ id, output })),
    })),
    absentShards: facts.absentShards,
    ...(facts.chosenManifest !== undefined && { chosenManifest: facts.chosenManifest }),
  };
}

/** Why nothing was merged. */
export function conflictText(conflicts: readonly ContradictedJob[]): string {
  const jobs = conflicts.length === 1 ? 'one job' : `${conflicts.length} jobs`;
  return [
    `the folders contradict each other about ${jobs}, and nothing was merged:`,
    ...bounded(conflicts.map(contradiction)),
  ].join('\n');
}

/** `  vocal/3 (5f2c91d0e4): task 101 (done) in out-1, task 117 (in flight) in out-2: bought twice` */
function contradiction({ job, kind, between }: ContradictedJob): string {
  const claims = between.map(claim).join(', ');
  return `  ${printable(job.output)} (${job.id.slice(0, 10)}): ${claims}: ${meaning[kind]}`;
}

const meaning: Readonly<Record<ContradictedJob['kind'], string>> = {
  'two-tasks': 'it was bought twice',
  doubt: 'it may have been bought twice',
  'other-content': 'the songs differ',
};

function claim({ folder, stage, taskId }: ClaimOfFolder): string {
  const what = taskId === undefined ? 'a submission' : `task ${printable(taskId, 40)}`;
  return `${what} (${words[stage]}) in ${printable(folder)}`;
}

const words: Readonly<Record<AttemptStage, string>> = {
  intended: 'in doubt',
  running: 'in flight',
  succeeded: 'not downloaded yet',
  saved: 'done',
  failed: 'failed',
};

function whence({ linked, copied, there }: MergeFacts['songs']): string {
  const parts: [number, string][] = [
    [linked, 'linked'],
    [copied, 'copied'],
    [there, 'were there'],
  ];
  const some = parts.filter(([number]) => number > 0);
  return some.map(([number, word]) => `${number} ${word}`).join(', ') || 'none to bring';
}

function bounded(lines: readonly string[]): readonly string[] {
  return lines.length <= shown
    ? lines
    : [...lines.slice(0, shown), `… and ${lines.length - shown} more`];
}
