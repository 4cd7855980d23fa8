/** One job in the matrix: its song, to be played and seen, or why there is none. */
import { computed, useComputed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { PageJob } from '../batch.ts';
import { Icon } from '../icon.tsx';
import { describeOutline } from '../outline-words.ts';
import type { Page } from '../page.ts';
import { isPlayable, type PlayableJob } from '../player.ts';
import { StarsGiven } from '../stars.tsx';
import { Waveform } from '../waveform.tsx';
import { count, showLength, showLoudness, showLufs, showUsd } from '../words.ts';
import { px } from './geometry.ts';
import { describeStanding, marksOf } from './marks.ts';

interface CellProperties {
  readonly page: Page;
  /** Undefined: there is none of this combination. */
  readonly job: PageJob | undefined;
  readonly line: number;
  readonly column: number;
  /** Pixels. */
  readonly left: number;
  readonly width: number;
  readonly isFocused: boolean;
  /** Where it stands on axes that neither its row nor its column tells. */
  readonly rest: string | undefined;
}

/** Pixels of a cell whose wave is worth all its detail. */
const wide = 300;

export function Cell({ page, job, line, column, left, width, isFocused, rest }: CellProperties) {
  const { player, marked, ratings } = page;
  const isHeard = useComputed(() => job !== undefined && player.job.value?.id === job.id).value;
  const isMarked = useComputed(() => job !== undefined && marked.value?.id === job.id).value;
  // Made anew with the job: one that has no song yet asks nobody, and would hear of nothing.
  const given = useMemo(
    () => computed(() => (isPlayable(job) ? ratings.starsOf(job) : undefined)),
    [job, ratings],
  );
  const stars = given.value;
  return (
    <div
      role="gridcell"
      aria-colindex={column + 2}
      data-line={line}
      data-column={column}
      tabIndex={isFocused ? 0 : -1}
      class={['cell', ...(isHeard ? ['is-heard'] : []), ...(isMarked ? ['is-marked'] : [])].join(' ')} // prettier-ignore
      style={{ left: px(left), width: px(width) }}
    >
      <span class="unseen">
        {job ? describe(page, job, stars, isHeard, isMarked) : 'no such job'}
      </span>
      {job && (
        <div class={`job is-${job.status}`}>
          {rest !== undefined && (
            <bdi class="job-rest" title={rest} aria-hidden="true">
              {rest}
            </bdi>
          )}
          {isPlayable(job) ? (
            <SongOf page={page} job={job} isHeard={isHeard} isWide={width > wide} />
          ) : (
            <Standing job={job} />
          )}
          <Facts job={job} stars={stars} isMarked={isMarked} />
        </div>
      )}
    </div>
  );
}

interface SongProperties {
  readonly page: Page;
  readonly job: PlayableJob;
  readonly isHeard: boolean;
  readonly isWide: boolean;
}

function SongOf({ page, job, isHeard, isWide }: SongProperties) {
  const { player } = page;
  const isPlaying = isHeard && player.isPlaying.value;
  return (
    <div class="job-song">
      <button
        type="button"
        class="quiet job-play"
        tabIndex={-1}
        aria-label={`${isPlaying ? 'Pause' : 'Play'} ${job.name}`}
        onClick={() => {
          if (isPlaying) player.pause();
          else player.play(job);
        }}
      >
        <Icon name={isPlaying ? 'pause' : 'play'} />
      </button>
      <Waveform page={page} job={job} stretches={isWide ? 400 : 133} />
    </div>
  );
}

function Standing({ job }: { readonly job: PageJob }) {
  const { word, why } = describeStanding(job);
  return (
    <p class="job-standing" title={why} aria-hidden="true">
      <strong>{word}</strong> <bdi>{why}</bdi>
    </p>
  );
}

interface FactsProperties {
  readonly job: PageJob;
  readonly stars: number | undefined;
  readonly isMarked: boolean;
}

function Facts({ job, stars, isMarked }: FactsProperties) {
  const { song, cost } = job;
  return (
    <div class="job-facts" aria-hidden="true">
      {song?.seconds !== undefined && <span class="number">{showLength(song.seconds)}</span>}
      {song?.loudness !== undefined && (
        <span class="number" title={`loudness: ${showLufs(song.loudness)}`}>
          {showLoudness(song.loudness)}
          <span class="wide-only"> LUFS</span>
        </span>
      )}
      {cost > 0 && (
        <span class="number job-cost" title="cost of all attempts">
          {showUsd(cost)}
        </span>
      )}
      <span class="job-marks">
        {marksOf(job).map(({ kind, sign, word, message }) => (
          <span key={kind} class={`badge ${kind}`} title={message}>
            {sign}
            <span class="wide-only">{word}</span>
          </span>
        ))}
        {isMarked && <span class="badge accent">compare</span>}
        {stars !== undefined && <StarsGiven stars={stars} />}
      </span>
    </div>
  );
}

/** All that the cell shows, as it is read aloud in the place of its parts; its row and column are read before it. */
function describe(
  page: Page,
  job: PageJob,
  stars: number | undefined,
  isHeard: boolean,
  isMarked: boolean,
): string {
  const { song } = job;
  const details = page.pieces.value.detailsOf(job.index);
  const outline = details === 'missing' ? undefined : details?.outline;
  const { word, why } = describeStanding(job);
  return [
    job.name,
    ...(song ? [] : [why === '' ? word : `${word}: ${why}`]),
    ...(isHeard ? [page.player.isPlaying.value ? 'is playing' : 'is in the player'] : []),
    ...(song?.seconds === undefined ? [] : [showLength(song.seconds)]),
    ...(song?.loudness === undefined ? [] : [showLufs(song.loudness)]),
    ...(job.cost > 0 ? [showUsd(job.cost)] : []),
    ...(stars === undefined ? [] : [count(stars, 'star')]),
    ...(isMarked ? ['marked to be compared'] : []),
    ...marksOf(job).map(({ message }) => message),
    ...(outline && song?.seconds !== undefined
      ? [`outline: ${describeOutline(outline, song.seconds)}`]
      : []),
  ].join('; ');
}
