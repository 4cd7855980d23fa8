/** The ranking as the ratings are now: one's own, and those of others that were opened. */
import { computed, type ReadonlySignal } from '@preact/signals';
import { rankingOf, type Ranking } from '../../ratings/ranking.ts';
import type { Batch } from '../batch.ts';
import { isPlayable } from '../player.ts';
import { heard, ratingsIn, type RatingsBook } from '../ratings-book.ts';

/** Worked out when it is asked for, and again only when something has changed. */
export function createLiveRanking(
  batch: ReadonlySignal<Batch>,
  { own, others }: Pick<RatingsBook, 'own' | 'others'>,
): ReadonlySignal<Ranking> {
  const axes = computed(() => batch.value.axes.map(({ name }) => name));
  const songs = computed(() =>
    batch.value.jobs
      .filter(isPlayable)
      .map((job) => ({ ...heard(job), coordinates: job.coordinates })),
  );
  return computed(() => {
    // Who has rated nothing is no listener.
    const ratings = [own.value, ...others.value].filter((one) => ratingsIn(one) > 0);
    return rankingOf(ratings, songs.value, axes.value);
  });
}
