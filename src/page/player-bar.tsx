/** What is heard now: always at the bottom of the page. */
import type { Page } from './page.ts';
import { Waveform } from './waveform.tsx';
import { showTime } from './words.ts';

export function PlayerBar({ page }: { readonly page: Page }) {
  const { player } = page;
  const job = player.job.value;
  return (
    <section class="player-bar" aria-label="Player">
      <button
        type="button"
        disabled={!job}
        onClick={player.toggle}
        aria-label={player.isPlaying.value ? 'Pause' : 'Play'}
      >
        {player.isPlaying.value ? '❚❚' : '▶'}
      </button>
      {job ? (
        <>
          <span>{job.name}</span>
          <Waveform page={page} job={job} />
          <span>
            {showTime(player.position.value)} / {showTime(player.length.value)}
          </span>
        </>
      ) : (
        <span>Nothing is playing</span>
      )}
    </section>
  );
}
