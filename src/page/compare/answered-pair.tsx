/** What was said of a pair, with the names that were hidden. */
import type { PageAxis } from '../../listening/page-format.ts';
import { SongName } from '../song-name.tsx';
import type { RatableSong } from './asked-pairs.ts';
import type { Answered } from './compare.ts';

export interface AnsweredPairProps {
  readonly answered: Answered;
  readonly axes: readonly PageAxis[];
}

export function AnsweredPair({ answered, axes }: AnsweredPairProps) {
  const { pair, comparison } = answered;
  const only = pair.axis === undefined ? undefined : [pair.axis];
  const name = (letter: string, { playable }: RatableSong) => (
    <>
      <b>{letter}</b> <SongName job={playable} axes={axes} only={only} />
    </>
  );
  const [a, b] = [name('A', pair.a), name('B', pair.b)];
  switch (comparison.choice) {
    case 'a':
      return (
        <>
          {a} was better than {b}
        </>
      );
    case 'b':
      return (
        <>
          {b} was better than {a}
        </>
      );
    case 'equal':
      return (
        <>
          {a} and {b} were equal
        </>
      );
    case 'skip':
      return (
        <>
          {a} and {b} were skipped
        </>
      );
  }
}
