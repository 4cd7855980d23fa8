/** The songs that are liked best, to be heard. */
import { Icon } from '../icon.tsx';
import type { Page } from '../page.ts';
import { isPlayable, type PlayableJob } from '../player.ts';
import { SongName } from '../song-name.tsx';
import { StandingsTable } from './standings-table.tsx';

export function BestSongs({ page }: { readonly page: Page }) {
  const { byId, axes } = page.batch.value;
  const standings = page.ranking.value.jobs.flatMap(({ song, ...ranked }) => {
    const job = byId.get(song.job);
    if (!isPlayable(job)) return [];
    const name = (
      <span class="best-song">
        <PlayButton page={page} job={job} />
        <SongName job={job} axes={axes} />
      </span>
    );
    return [{ ...ranked, key: job.id, name }];
  });
  if (standings.length === 0) return null;
  return (
    <section class="card" aria-label="Songs">
      <h2>Songs</h2>
      <StandingsTable caption="Songs, the best first" heading="Song" standings={standings} />
    </section>
  );
}

function PlayButton({ page, job }: { readonly page: Page; readonly job: PlayableJob }) {
  const { player } = page;
  const isCurrent = player.job.value?.id === job.id;
  const isPlaying = isCurrent && player.isPlaying.value;
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`${isPlaying ? 'Pause' : 'Play'} ${job.name}`}
      onClick={() => {
        if (isCurrent) player.toggle();
        else player.play(job);
      }}
    >
      <Icon name={isPlaying ? 'pause' : 'play'} />
    </button>
  );
}
