/** Stars of a song: to give, and to see. */
import { Icon } from './icon.tsx';
import type { Page } from './page.ts';
import type { PlayableJob } from './player.ts';
import { rate } from './song-actions.ts';
import { count } from './words.ts';

const all = [1, 2, 3, 4, 5] as const;

export function StarsInput({ page, job }: { readonly page: Page; readonly job: PlayableJob }) {
  const given = page.ratings.starsOf(job) ?? 0;
  return (
    <fieldset class="stars-input">
      <legend class="unseen">Stars</legend>
      {all.map((stars) => (
        <label
          key={stars}
          class={stars <= given ? 'is-given' : ''}
          title={`${count(stars, 'star')} (${stars})`}
        >
          <input
            type="radio"
            name="stars"
            value={stars}
            checked={stars === given}
            onChange={() => {
              rate(page, job, stars);
            }}
          />
          <Icon name="star" />
          <span class="unseen">{count(stars, 'star')}</span>
        </label>
      ))}
      <button
        type="button"
        class="quiet"
        title="Take the stars back (0)"
        aria-label="Take the stars back"
        disabled={given === 0}
        onClick={() => {
          rate(page, job, 0);
        }}
      >
        <Icon name="close" />
      </button>
    </fieldset>
  );
}

export function StarsGiven({ stars }: { readonly stars: number }) {
  return (
    <span class="stars-given" title={count(stars, 'star')}>
      {stars}
      <Icon name="star" />
    </span>
  );
}
