/** What `rank` says to people: bars, what is undecided, and nothing that a listener or a label could do. */
import { describe, expect, test } from 'vitest';
import { rankingOf } from '../../src/ratings/ranking.ts';
import type { Comparison, Ratings } from '../../src/ratings/ratings.ts';
import { ratingsSchemaId } from '../../src/ratings/ratings.ts';
import type { Song } from '../../src/ratings/songs.ts';
import { showStrengths } from '../../src/report/interval-bars.ts';
import { createPage, widthOf } from '../../src/report/page.ts';
import type { RankingFacts } from '../../src/report/ranking-report.ts';
import { rankingText } from '../../src/report/ranking-report.ts';

const plain = createPage({ hasColour: false, columns: undefined });

describe('bars', () => {
  test('have one scale, the strength at o and the mean at a colon', () => {
    expect(
      showStrengths([{ value: 1, low: 0, high: 2 }, { value: -1, low: -2, high: -0.5 }, undefined]),
    ).toEqual([
      '            ------o------',
      '------o---  :            ',
      '                         ',
    ]);
  });

  test('of one that is the mean itself is a point', () => {
    expect(showStrengths([{ value: 0, low: 0, high: 0 }])[0]).toBe(`o${' '.repeat(24)}`);
  });
});

const songs: readonly Song[] = ['1', '2', '\u202etxt.3'].map((seed, index) => {
  const job = String(index).repeat(32);
  return { job, song: job, coordinates: { seed } };
});

function compared(a: number, b: number, minute: number): Comparison {
  const heard = (index: number) => {
    const { job = '', song = '' } = songs[index] ?? {};
    return { job, song };
  };
  const at = new Date(Date.UTC(2026, 10, 22, 10, minute)).toISOString();
  return { at, a: heard(a), b: heard(b), choice: 'a', blind: minute % 2 === 0 };
}

function facts(
  comparisons: readonly Comparison[],
  changes: Partial<RankingFacts> = {},
): RankingFacts {
  const mine: Ratings = {
    $schema: ratingsSchemaId,
    batch: 'test',
    listener: 'An\u001b[2Ja ##[error]'.padEnd(80, '界'),
    comparisons,
    abx: [],
    stars: [],
  };
  const ranking = rankingOf([mine], songs, ['seed']);
  return {
    manifest: { name: 'test', sha256: '0'.repeat(64) },
    shownAs: 'm.yaml',
    files: ['ratings.json'],
    songs: songs.length,
    outputDir: 'out',
    ranking,
    next: [{ axis: 'seed', pairs: ranking.next('seed', undefined, 5) }],
    pathOf: ({ coordinates }) => `s${coordinates['seed'] ?? ''}.mp3`,
    ...changes,
  };
}

describe('the text', () => {
  test('tells what is liked, how sure that is, and what to hear next', () => {
    const text = rankingText(facts([compared(0, 1, 0), compared(0, 1, 1)]), plain);
    expect(text).toMatch(/^test {2}3 songs\n2 comparisons, by An/);
    expect(text).toMatch(/\n1 not blind: counted\n/);
    expect(text).toMatch(
      /\nseed {2}2 comparisons\n {2}1 +:? ?-+o-+ +\+\d\.\d\d +2×\n {2}2 +-+o-+.* -\d\.\d\d +2×\n {2}1 more not rated yet\n/,
    );
    expect(text).toMatch(/\nundecided .*\n {2,3}\d\d % {2}seed 1 over 2\n/);
    expect(text).toMatch(/\nhear next .*\n {2}seed \S+ or \S+ {2}s\S+ and s\S+/);
  });

  test('decided orders are not told as open', () => {
    const many = Array.from({ length: 40 }, (_, minute) => compared(0, 1, minute));
    expect(rankingText(facts(many), plain)).not.toMatch(/undecided/);
  });

  test('what listeners and labels say is shown and not obeyed', () => {
    const text = rankingText(facts([compared(2, 1, 0)]), plain);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]|##\[/u);
    expect(text).toContain('\\u202etxt.3');
    expect(text).toContain('\\u001b[2J');
  });

  test('no line with a name in it is wider than the terminal', () => {
    const page = createPage({ hasColour: false, columns: 60 });
    const text = rankingText(facts([compared(2, 1, 0), compared(0, 1, 1)]), page);
    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(60);
  });

  test('winners that are not sure to be ahead are told so, rounded down', () => {
    const winners = {
      path: 'w.yaml',
      jobs: 2,
      tally: { jobs: 3, done: 2 },
      next: 'songbatch plan w.yaml',
    };
    const text = rankingText(facts([], { winners: { ...winners, certainty: 0.949 } }), plain);
    expect(text).toMatch(
      /written {2}w\.yaml: the best 2 jobs, and 1 more that differ from them in the seed only; 2 done, 1 not/,
    );
    expect(text).toMatch(/! that they are ahead of the next is 94 % sure: undecided/);
    const sure = rankingText(facts([], { winners: { ...winners, certainty: 0.95 } }), plain);
    expect(sure).not.toMatch(/undecided/);
  });
});
