/** Songs behind a figure, to be heard. */
import { useSignal } from '@preact/signals';
import type { PageJob } from '../batch.ts';
import { Icon } from '../icon.tsx';
import type { Page } from '../page.ts';
import { isPlayable } from '../player.ts';

export interface ListedSong {
  readonly job: PageJob;
  /** What is told of it here. */
  readonly says?: string;
}

/** Rows at once; more on demand. */
const portion = 20;

export function SongList({
  page,
  songs,
}: {
  readonly page: Page;
  readonly songs: readonly ListedSong[];
}) {
  const shown = useSignal(portion);
  const rest = songs.length - shown.value;
  return (
    <>
      <ul class="song-list">
        {songs.slice(0, shown.value).map(({ job, says }) => (
          <li key={job.id}>
            <PlayButton page={page} job={job} />
            <bdi dir="ltr">{job.name}</bdi>
            {says !== undefined && <span class="number hint">{says}</span>}
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            shown.value += 5 * portion;
          }}
        >
          {Math.min(rest, 5 * portion)} more of {rest}
        </button>
      )}
    </>
  );
}

function PlayButton({ page: { player }, job }: { readonly page: Page; readonly job: PageJob }) {
  if (!isPlayable(job))
    return <span class="badge">{job.isMissing ? 'file is gone' : job.status}</span>;
  const isHeard = player.isPlaying.value && player.job.value?.id === job.id;
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`${isHeard ? 'Pause' : 'Play'} ${job.name}`}
      onClick={() => {
        if (isHeard) player.pause();
        else player.play(job, 0);
      }}
    >
      <Icon name={isHeard ? 'pause' : 'play'} />
    </button>
  );
}
