/** What can be done with a song wherever it is shown; all of it is said to screen readers as well. */
import type { PageJob } from './batch.ts';
import type { Page } from './page.ts';
import { isPlayable, type PlayableJob } from './player.ts';
import { count } from './words.ts';

export type StarCount = 0 | 1 | 2 | 3 | 4 | 5;

/** The song that keys are about: the cell that has the focus, or else what is heard. */
export function currentJob({ matrix, player }: Page): PageJob | undefined {
  const isInMatrix = document.activeElement?.closest('[role=gridcell]');
  return isInMatrix ? matrix.focused.value : player.job.value;
}

export function rate({ ratings, announcement }: Page, job: PlayableJob, stars: StarCount): void {
  ratings.rate(job, stars);
  announcement.value = stars === 0 ? `${job.name}: no stars` : `${job.name}: ${count(stars, 'star')}`; // prettier-ignore
}

/** The first is marked; with the second the comparison begins. */
export function markForComparison(page: Page, job: PlayableJob): void {
  const { marked, announcement } = page;
  const first = marked.value;
  if (first?.id === job.id) forgetMark(page);
  else if (first) compare(page, first, job);
  else {
    marked.value = job;
    announcement.value = `${job.name} is marked: mark another to compare both`;
  }
}

export function forgetMark({ marked, announcement }: Page): void {
  if (!marked.value) return;
  announcement.value = `${marked.value.name} is not marked any more`;
  marked.value = undefined;
}

export function compare({ marked, chosenPair }: Page, one: PlayableJob, other: PlayableJob): void {
  marked.value = undefined;
  chosenPair.value = [one, other];
  location.hash = '#compare';
}

/** Shows it as what is heard, where nothing is; it plays when it is told to. */
export function cueWhereNothingIs({ player }: Page, job: PageJob | undefined): void {
  if (!player.job.value && isPlayable(job)) player.cue(job);
}
