/** What is heard now: always at the bottom of the page, but for where songs are compared blind. */
import { Icon } from './icon.tsx';
import { describeMatch } from './loudness.ts';
import { useMediaSession } from './media-session.ts';
import type { Page } from './page.ts';
import type { PlayableJob } from './player.ts';
import { usePlayerKeys } from './player-keys.ts';
import { SeekBar } from './seek-bar.tsx';
import { markForComparison } from './song-actions.ts';
import { StarsInput } from './stars.tsx';

export function PlayerBar({ page }: { readonly page: Page }) {
  usePlayerKeys(page);
  useMediaSession(page);
  const { player, ratings, view } = page;
  const job = player.job.value;
  return (
    <section class="player-bar" aria-label="Player">
      {/* The ranking tells it where they are exported. */}
      {ratings.trouble.value !== undefined && view.value !== 'ranking' && (
        <p class="notice warn" role="alert">
          Your ratings are not kept: {ratings.trouble}
        </p>
      )}
      {player.trouble.value !== undefined && (
        <p class="notice bad" role="alert">
          <bdi>{player.trouble}</bdi>
        </p>
      )}
      <div class="player-song">
        <PlayButton page={page} />
        {job ? <Coordinates job={job} /> : <Invitation page={page} />}
      </div>
      {job && <SeekBar page={page} job={job} />}
      {job && <Tools page={page} job={job} />}
    </section>
  );
}

function PlayButton({ page: { player } }: { readonly page: Page }) {
  const isPlaying = player.isPlaying.value;
  return (
    <button
      type="button"
      class="play-button primary"
      disabled={!player.job.value}
      onClick={player.toggle}
      aria-label={isPlaying ? 'Pause' : 'Play'}
    >
      <Icon name={isPlaying ? 'pause' : 'play'} />
    </button>
  );
}

function Coordinates({ job }: { readonly job: PlayableJob }) {
  const labels = Object.entries(job.coordinates);
  return (
    <div class="player-title">
      <p class="player-name" title={job.name}>
        <bdi>{job.name}</bdi>
      </p>
      <ul class="player-labels">
        {labels.map(([axis, label]) => (
          <li key={axis} title={`${axis}: ${label}`}>
            <span class="unseen">{axis}: </span>
            <bdi>{label}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Invitation({ page: { view } }: { readonly page: Page }) {
  return (
    <p class="hint">
      Nothing plays yet.{' '}
      {view.value === 'matrix' && (
        <>
          <kbd>Space</kbd> plays the chosen song,{' '}
        </>
      )}
      <kbd>?</kbd> shows all keys.
    </p>
  );
}

function Tools({ page, job }: { readonly page: Page; readonly job: PlayableJob }) {
  const { player, isSpectrogramOpen, marked } = page;
  const { song } = job;
  const isMarked = marked.value?.id === job.id;
  return (
    <div class="player-tools">
      <StarsInput page={page} job={job} />
      <button
        type="button"
        class="quiet"
        title={`Spectrogram (g)${song.picture === undefined ? ': there is none' : ''}`}
        aria-label="Spectrogram"
        aria-pressed={isSpectrogramOpen.value}
        disabled={song.picture === undefined}
        onClick={() => {
          isSpectrogramOpen.value = !isSpectrogramOpen.value;
        }}
      >
        <Icon name="spectrogram" />
      </button>
      <button
        type="button"
        class="quiet"
        title="Mark it to compare it (x)"
        aria-label="Mark it to compare it"
        aria-pressed={isMarked}
        onClick={() => {
          markForComparison(page, job);
        }}
      >
        <Icon name="compare" />
      </button>
      <a class="button quiet" href={song.url} title={song.path} aria-label="The file">
        <Icon name="file" />
      </a>
      <Loudness page={page} job={job} />
      <label class="player-volume" title="Volume">
        <Icon name="volume" />
        <span class="unseen">Volume</span>
        <input
          type="range"
          min="0"
          max="100"
          value={Math.round(player.volume.value * 100)}
          onInput={(event) => {
            player.volume.value = Number(event.currentTarget.value) / 100;
          }}
        />
      </label>
    </div>
  );
}

function Loudness({ page, job }: { readonly page: Page; readonly job: PlayableJob }) {
  const { isMatched, level } = page.player;
  const says = describeMatch(job.song, level.value);
  return (
    <button
      type="button"
      class="quiet player-loudness"
      title="All songs equally loud (m): they are turned down to the quietest that is not a whisper"
      aria-pressed={isMatched.value}
      onClick={() => {
        isMatched.value = !isMatched.value;
      }}
    >
      <span>Equally loud</span>
      <span class="player-level">{says}</span>
    </button>
  );
}
