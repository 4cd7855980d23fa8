/** Which songs and values listeners like best, for machines (`schemas/ranking.schema.json`). */
import type { Song } from '../ratings/songs.ts';
import type { Ranked } from '../ratings/standings.ts';
import type { RankingFacts } from './ranking-report.ts';

const schemaId = 'https://songbatch.dev/schemas/ranking.schema.json';

export function rankingJson(facts: RankingFacts): unknown {
  const { manifest, shownAs, files, songs, ranking, next, pathOf, winners } = facts;
  const { listeners, counted, uncounted, axes, jobs, agreement, abx } = ranking;
  const named = (song: Song) => ({ id: song.job, path: pathOf(song) });
  return {
    $schema: schemaId,
    manifest: { name: manifest.name, path: shownAs, sha256: manifest.sha256 },
    files,
    songs,
    listeners,
    counted,
    uncounted,
    axes: axes.map(({ axis, comparisons, values, abx }) => ({
      axis,
      comparisons,
      values: values.map(({ label, ...row }) => ({ label, ...rankedJson(row) })),
      ...(abx && { abx }),
    })),
    jobs: jobs.map(({ song, ...row }) => ({
      ...named(song),
      coordinates: song.coordinates,
      ...rankedJson(row),
    })),
    agreement: agreement
      ? {
          questions: agreement.questions,
          share: rounded(agreement.share),
          alpha: agreement.alpha === undefined ? null : rounded(agreement.alpha),
        }
      : null,
    abx: abx.map(({ a, b, ...result }) => ({ ...result, a: named(a), b: named(b) })),
    next: next.flatMap(({ axis, pairs }) =>
      pairs.map(({ a, b, information }) => ({
        axis,
        a: named(a),
        b: named(b),
        information: rounded(information),
      })),
    ),
    ...(winners && {
      written: {
        path: winners.path,
        winners: winners.jobs,
        jobs: winners.tally.jobs,
        done: winners.tally.done,
        ...winners.values,
        ...(winners.certainty !== undefined && { certainty: rounded(winners.certainty) }),
      },
    }),
  };
}

function rankedJson({ comparisons, strength, stars, overNext }: Ranked): object {
  return {
    comparisons,
    ...(strength && {
      strength: {
        value: rounded(strength.value),
        low: rounded(strength.low),
        high: rounded(strength.high),
      },
    }),
    ...(stars && { stars: { mean: rounded(stars.mean), number: stars.number } }),
    ...(overNext !== undefined && { overNext: rounded(overNext) }),
  };
}

/** What is behind the fourth place says nothing, and may differ between machines. */
function rounded(value: number): number {
  return Number(value.toFixed(4)) + 0;
}
