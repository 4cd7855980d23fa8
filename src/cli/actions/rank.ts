/** The work of `songbatch rank`: reads ratings and state, ranks, and writes the manifest of the winners. */
import { basename } from 'node:path';
import type { Batch, BatchFlags } from '../../batch/batch.ts';
import { loadBatch, shownPath } from '../../batch/batch.ts';
import type { Choice } from '../../batch/choice.ts';
import type { Config } from '../../batch/config.ts';
import { loadConfig } from '../../batch/config.ts';
import { axesOf, songsOf } from '../../batch/rated-songs.ts';
import { readRatingsFiles } from '../../batch/ratings-files.ts';
import { runValues } from '../../batch/run-values.ts';
import { selectWinners } from '../../batch/select-winners.ts';
import { UsageError } from '../../batch/usage-error.ts';
import { writeWinners } from '../../batch/winners.ts';
import type { StoreReader } from '../../job/store.ts';
import { rankingOf, type Ranking } from '../../ratings/ranking.ts';
import { soundKey } from '../../ratings/ratings.ts';
import { createPage } from '../../report/page.ts';
import { rankingJson } from '../../report/ranking-json.ts';
import type { RankingFacts, WinnersFacts } from '../../report/ranking-report.ts';
import { rankingText } from '../../report/ranking-report.ts';
import type { EngineFlags } from '../engine-flags.ts';
import type { Invocation } from '../invocation.ts';
import { planCommand } from '../next-command.ts';
import { readState } from '../read-state.ts';
import { warnOn } from '../warn-on.ts';

export interface RankFlags extends BatchFlags, EngineFlags {
  readonly json?: true;
  /** Which songs are the winners. */
  readonly select?: Choice;
  /** Where the manifest of the winners goes. */
  readonly write?: string;
}

/** Pairs to hear next, of each axis. */
const pairsOfAxis = 5;

export async function showRanking(
  path: string,
  ratingsPaths: readonly string[],
  flags: RankFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, workingDirectory } = invocation;
  if ((flags.select === undefined) !== (flags.write === undefined)) {
    throw new UsageError(
      '--select and --write go together',
      'for example --select top=10 --write winners.yaml',
    );
  }
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, warnOn(terminal));
  const files = readRatingsFiles(ratingsPaths, batch, workingDirectory);
  await readState(batch, flags, config, invocation, async (store) => {
    const songs = songsOf(batch, store);
    const axes = axesOf(songs, batch);
    const ranking = rankingOf(
      files.map(({ ratings }) => ratings),
      songs,
      axes,
    );
    const { select, write } = flags;
    const winners =
      select && write !== undefined
        ? await winnersOf({ batch, store, ranking }, select, write, flags, { config, invocation })
        : undefined;
    const paths = new Map(songs.map((song) => [soundKey(song), song.path]));
    const facts: RankingFacts = {
      manifest: batch.manifest,
      shownAs: batch.shownAs,
      files: files.map((file) => file.path),
      songs: songs.length,
      outputDir: shownPath(batch.outputDir, workingDirectory),
      ranking,
      next: axes.map((axis) => ({ axis, pairs: ranking.next(axis, undefined, pairsOfAxis) })),
      pathOf: (song) => paths.get(soundKey(song)) ?? basename(song.job),
      ...(winners && { winners }),
    };
    terminal.print(
      flags.json
        ? JSON.stringify(rankingJson(facts), undefined, 2)
        : rankingText(facts, createPage(terminal.look())),
    );
  });
}

interface Ranked {
  readonly batch: Batch;
  readonly store: StoreReader | undefined;
  readonly ranking: Ranking;
}

async function winnersOf(
  { batch, store, ranking }: Ranked,
  choice: Choice,
  path: string,
  flags: RankFlags,
  { config, invocation }: { readonly config: Config; readonly invocation: Invocation },
): Promise<WinnersFacts> {
  const { workingDirectory, environment } = invocation;
  const { jobs, values: chosen, certainty } = selectWinners(choice, ranking, batch);
  const values = runValues(flags, config.env ?? [], environment);
  const tally = await writeWinners(batch, store, {
    wanted: jobs,
    choice,
    path,
    workingDirectory,
    values,
    isFolderGiven: flags.out !== undefined,
  });
  return {
    path,
    jobs: jobs.size,
    ...(chosen && { values: chosen }),
    ...(certainty !== undefined && { certainty }),
    tally,
    next: planCommand(path, flags),
  };
}
