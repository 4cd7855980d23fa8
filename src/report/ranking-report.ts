/** Which songs and values listeners like best, for people. The same for machines is `ranking-json.ts`. */
import type { AbxScore } from '../ratings/abx.ts';
import type { NextPair } from '../ratings/next-pairs.ts';
import type { AxisRanking, Ranking } from '../ratings/ranking.ts';
import { decidedFrom } from '../ratings/ranking.ts';
import type { Song } from '../ratings/songs.ts';
import type { Ranked } from '../ratings/standings.ts';
import { showStrengths } from './interval-bars.ts';
import type { Page } from './page.ts';
import { widthOf } from './page.ts';
import { count, printable } from './words.ts';

export interface RankingFacts {
  readonly manifest: { readonly name: string; readonly sha256: string };
  /** The manifest's path as it was typed. */
  readonly shownAs: string;
  /** Files of ratings, as the user would type them. */
  readonly files: readonly string[];
  /** Songs that are here. */
  readonly songs: number;
  /** Where ratings are looked for by themselves, as the user would type it. */
  readonly outputDir: string;
  readonly ranking: Ranking;
  /** By axis, the most telling first. */
  readonly next: readonly AxisPairs[];
  /** Where a song is, below the output folder. */
  readonly pathOf: (song: Song) => string;
  readonly winners?: WinnersFacts;
}

export interface AxisPairs {
  readonly axis: string;
  readonly pairs: readonly NextPair[];
}

/** What `--write` has written. */
export interface WinnersFacts {
  /** As typed. */
  readonly path: string;
  /** Chosen ones. */
  readonly jobs: number;
  /** By which they were chosen; absent where songs were. */
  readonly values?: { readonly axis: string; readonly labels: readonly string[] };
  /** How sure it is that the last of them is ahead of the first that is not. */
  readonly certainty?: number;
  /** All of the new manifest. */
  readonly tally: { readonly jobs: number; readonly done: number };
  /** What to type next. */
  readonly next: string;
}

/** Rows of each kind that the text shows; JSON has them all. */
const shownRows = 10;
/** Places from the best in which it matters who is ahead. */
const undecidedJobs = 5;
const shownPairs = 6;
const shownPairsOfAxis = 2;

export function rankingText(facts: RankingFacts, page: Page): string {
  const { ranking, winners } = facts;
  return [
    ...headLines(facts, page),
    ...ranking.axes.flatMap((axis) => axisLines(axis, page)),
    ...jobLines(facts, page),
    ...agreementLines(ranking, page),
    ...abxLines(facts, page),
    ...undecidedLines(facts, page),
    ...nextLines(facts, page),
    ...(winners ? winnersLines(winners, page) : []),
  ]
    .join('\n')
    .trimEnd();
}

function headLines(
  { manifest, songs, files, outputDir, ranking }: RankingFacts,
  page: Page,
): string[] {
  const { counted, uncounted, listeners } = ranking;
  const lines = [page.line(['bold', manifest.name], `  ${count(songs, 'song')}`)];
  if (songs === 0) return [...lines, 'nothing to rate: no song of this batch is here yet'];
  if (files.length === 0) {
    return [
      ...lines,
      ...page.about(
        '',
        `no ratings yet: compare songs in the listening page, and save what it exports as ratings.json in ${printable(outputDir)}`,
        0,
      ),
      '',
    ];
  }
  const heard = [
    count(counted.comparisons, 'comparison'),
    ...(counted.stars > 0 ? [count(counted.stars, 'star rating')] : []),
    ...(counted.abx > 0 ? [count(counted.abx, 'ABX test')] : []),
  ];
  const who = listeners.map((listener) => printable(listener, 30)).join(', ');
  const notes = [
    ...(counted.skipped > 0 ? [`${counted.skipped} skipped: not counted`] : []),
    ...(counted.seen > 0 ? [`${counted.seen} not blind: counted`] : []),
  ];
  const warnings = [
    ...(uncounted.gone > 0
      ? [`${count(uncounted.gone, 'rating')} of songs that are not among these: not counted`]
      : []),
    ...(uncounted.changed > 0
      ? [`${count(uncounted.changed, 'rating')} of songs that sound different today: not counted`]
      : []),
  ];
  return [
    ...lines,
    ...page.about('', `${heard.join(', ')}, by ${who}`, 0),
    ...(notes.length > 0 ? [page.line(['dim', notes.join(', ')])] : []),
    ...warnings.flatMap((text) => page.about(['yellow', '!'], text, 2)),
    '',
  ];
}

function axisLines({ axis, comparisons, values, abx }: AxisRanking, page: Page): string[] {
  if (comparisons === 0 && !abx && values.every(({ stars }) => stars === undefined)) return [];
  const heard = [
    ...(comparisons > 0 ? [count(comparisons, 'comparison')] : ['no comparison']),
    ...(abx ? [`ABX ${showScore(abx)}`] : []),
  ];
  const rated = values.filter(({ strength, stars }) => strength ?? stars);
  const shown = rated.slice(0, shownRows).map((row) => ({ name: row.label, row }));
  const unheard = values.length - rated.length;
  return [
    page.line(['bold', axis], ['dim', `  ${heard.join(' · ')}`]),
    ...rankedLines(shown, page),
    ...moreLine(rated.length),
    ...(unheard > 0 ? [page.line(['dim', `  ${unheard} more not rated yet`])] : []),
    '',
  ];
}

function jobLines({ ranking, pathOf }: RankingFacts, page: Page): string[] {
  const { jobs } = ranking;
  if (jobs.length === 0) return [];
  const shown = jobs.slice(0, shownRows).map((row) => ({ name: pathOf(row.song), row }));
  return [
    page.line(['bold', 'best songs']),
    ...rankedLines(shown, page),
    ...moreLine(jobs.length),
    '',
  ];
}

function moreLine(all: number): string[] {
  return all > shownRows ? [`  … and ${all - shownRows} more (--json shows all)`] : [];
}

function rankedLines(
  rows: readonly { readonly name: string; readonly row: Ranked }[],
  page: Page,
): string[] {
  const names = rows.map(({ name }) => printable(name, 60));
  const widest = Math.max(...names.map(widthOf));
  const bars = showStrengths(rows.map(({ row }) => row.strength));
  return rows.map(({ row }, index) => {
    const name = names[index] ?? '';
    const { strength, stars, comparisons } = row;
    const value = strength ? signed(strength.value) : '';
    const heard = comparisons > 0 ? `${comparisons}×` : '';
    return page.line(
      `  ${name}${' '.repeat(widest - widthOf(name))}  `,
      ['dim', bars[index] ?? ''],
      `  ${value.padStart(6)}  `,
      [
        'dim',
        `${heard.padStart(5)}${stars ? `  ${stars.mean.toFixed(1)} stars (${stars.number})` : ''}`,
      ],
    );
  });
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '-' : '+'}${text}`;
}

function agreementLines({ agreement, listeners }: Ranking, page: Page): string[] {
  if (!agreement) return [];
  const { alpha, share, questions } = agreement;
  const beyond =
    alpha === undefined
      ? ''
      : `; Krippendorff's alpha ${alpha.toFixed(2)} (1: always, 0: as by chance)`;
  const text = `${count(questions, 'pair')} judged by two or more of ${listeners.length} listeners: ${showShare(share)} of their answers are the same${beyond}`;
  return [...page.about(['bold', 'agreement'], text, 11), ''];
}

function abxLines({ ranking: { abx }, pathOf }: RankingFacts, page: Page): string[] {
  if (abx.length === 0) return [];
  const rows = abx.slice(0, shownRows).map(({ listener, a, b, ...score }) => {
    const names = `${printable(pathOf(a), 60)} and ${printable(pathOf(b), 60)}`;
    return page.line(`  ${printable(listener, 30)}  ${showScore(score)}  `, ['dim', names]);
  });
  return [page.line(['bold', 'told apart (ABX)']), ...rows, ...moreLine(abx.length), ''];
}

function showScore({ correct, trials, byGuessing }: AbxScore): string {
  const chance = byGuessing < 0.001 ? 'below 0.1 %' : `${(byGuessing * 100).toFixed(1)} %`;
  return `${correct} of ${trials} right (by guessing: ${chance})`;
}

function undecidedLines({ ranking, pathOf }: RankingFacts, page: Page): string[] {
  const ofAxes = ranking.axes.flatMap(({ axis, values }) =>
    undecided(values).map(([one, other, certainty]) => ({
      certainty,
      text: `${axis} ${printable(one.label)} over ${printable(other.label)}`,
    })),
  );
  const ofJobs = undecided(ranking.jobs.slice(0, undecidedJobs + 1)).map(
    ([one, other, certainty]) => ({
      certainty,
      text: `${printable(pathOf(one.song), 60)} over ${printable(pathOf(other.song), 60)}`,
    }),
  );
  const all = [...ofAxes, ...ofJobs];
  if (all.length === 0) return [];
  const rows = all
    .slice(0, shownRows)
    .map(({ text, certainty }) => page.line(`  ${showCertainty(certainty).padStart(4)}  ${text}`));
  return [
    page.line(['bold', 'undecided'], ['dim', '  how sure the order is']),
    ...rows,
    ...moreLine(all.length),
    '',
  ];
}

/** Neighbours with comparisons whose order is not sure. */
function undecided<Row extends Ranked>(rows: readonly Row[]): [Row, Row, number][] {
  const compared = rows.filter(({ strength }) => strength !== undefined);
  return compared.flatMap((one, index): [Row, Row, number][] => {
    const other = compared[index + 1];
    const { overNext } = one;
    return other && overNext !== undefined && overNext < decidedFrom
      ? [[one, other, overNext]]
      : [];
  });
}

function nextLines({ next, pathOf }: RankingFacts, page: Page): string[] {
  const pairs = next
    .flatMap(({ axis, pairs }) =>
      pairs.slice(0, shownPairsOfAxis).map((pair) => ({ axis, ...pair })),
    )
    .sort((one, other) => other.information - one.information)
    .slice(0, shownPairs);
  if (pairs.length === 0) return [];
  const rows = pairs.map(({ axis, a, b }) =>
    page.line(
      `  ${axis} ${printable(a.coordinates[axis] ?? '')} or ${printable(b.coordinates[axis] ?? '')}  `,
      ['dim', `${printable(pathOf(a), 60)} and ${printable(pathOf(b), 60)}`],
    ),
  );
  return [page.line(['bold', 'hear next'], ['dim', '  what tells most']), ...rows, ''];
}

function winnersLines(
  { path, jobs, values, certainty, tally, next }: WinnersFacts,
  page: Page,
): string[] {
  const chosen = values
    ? `${count(jobs, 'job')} of ${values.axis} ${values.labels.map((label) => printable(label)).join(', ')}`
    : `the best ${count(jobs, 'job')}`;
  const others = tally.jobs - jobs;
  const beside = others > 0 ? `, and ${others} more that differ from them in the seed only` : '';
  const open = tally.jobs - tally.done;
  const bought = open === 0 ? 'all done: nothing to buy' : `${tally.done} done, ${open} not`;
  const doubt =
    certainty !== undefined && certainty < decidedFrom
      ? page.about(
          ['yellow', '!'],
          `that they are ahead of the next is ${showCertainty(certainty)} sure: undecided`,
          2,
        )
      : [];
  return [
    ...page.about(['bold', 'written'], `${printable(path)}: ${chosen}${beside}; ${bought}`, 9),
    ...doubt,
    // Not folded: it is there to be copied.
    `next     ${next}`,
  ];
}

/** Rounded down: what is undecided does not look decided. */
function showCertainty(certainty: number): string {
  return `${Math.floor(certainty * 100)} %`;
}

function showShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}
