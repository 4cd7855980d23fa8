/**
 * Puts what one page has changed on top of what another has saved meanwhile: what either added is there, what
 * either took back is not.
 */
import type { Ratings } from './ratings.ts';
import { writtenAbx, writtenComparison, writtenStars } from './written.ts';

/**
 * @param base what both began with
 * @param ours with our changes
 * @param theirs with theirs
 */
export function rebaseRatings(base: Ratings, ours: Ratings, theirs: Ratings): Ratings {
  return {
    ...theirs,
    listener: ours.listener === base.listener ? theirs.listener : ours.listener,
    comparisons: rebase(base.comparisons, ours.comparisons, theirs.comparisons, writtenComparison),
    abx: rebase(base.abx, ours.abx, theirs.abx, writtenAbx),
    stars: rebase(base.stars, ours.stars, theirs.stars, writtenStars),
  };
}

function rebase<Rating>(
  base: readonly Rating[],
  ours: readonly Rating[],
  theirs: readonly Rating[],
  written: (rating: Rating) => string,
): readonly Rating[] {
  const texts = (list: readonly Rating[]) => new Set(list.map(written));
  const [before, mine, others] = [texts(base), texts(ours), texts(theirs)];
  const isNew = (rating: Rating) => !before.has(written(rating));
  return [
    ...theirs.filter((rating) => isNew(rating) || mine.has(written(rating))),
    ...ours.filter((rating) => isNew(rating) && !others.has(written(rating))),
  ];
}
