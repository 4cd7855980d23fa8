/**
 * Ratings as they are written to a file: a line for every rating, so that a difference between two versions
 * can be read. Equal ratings are equal texts.
 */
import type { AbxTest, Comparison, Heard, Ratings, Stars } from './ratings.ts';

export function writtenRatings({ $schema, batch, listener, ...lists }: Ratings): string {
  const said = Object.entries({ $schema, batch, listener }).map(
    ([key, value]) => `  "${key}": ${JSON.stringify(value)}`,
  );
  const rated = [
    listed('comparisons', lists.comparisons.map(writtenComparison)),
    listed('abx', lists.abx.map(writtenAbx)),
    listed('stars', lists.stars.map(writtenStars)),
  ];
  return `{\n${[...said, ...rated].join(',\n')}\n}\n`;
}

function listed(key: string, lines: readonly string[]): string {
  if (lines.length === 0) return `  "${key}": []`;
  return `  "${key}": [\n${lines.map((line) => `    ${line}`).join(',\n')}\n  ]`;
}

export function writtenComparison({ at, a, b, choice, blind }: Comparison): string {
  return JSON.stringify({ at, a: sound(a), b: sound(b), choice, blind });
}

export function writtenAbx({ at, a, b, trials, correct }: AbxTest): string {
  return JSON.stringify({ at, a: sound(a), b: sound(b), trials, correct });
}

export function writtenStars({ at, of, stars }: Stars): string {
  return JSON.stringify({ at, of: sound(of), stars });
}

function sound({ job, song }: Heard): Heard {
  return { job, song };
}
