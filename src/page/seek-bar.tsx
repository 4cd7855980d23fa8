/** Where in the song: its wave, and its spectrogram above it, in one measure of time. */
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { describeOutline } from './outline-words.ts';
import type { Page } from './page.ts';
import type { PlayableJob } from './player.ts';
import { Waveform } from './waveform.tsx';
import { showLength, showTime } from './words.ts';

interface Properties {
  readonly page: Page;
  readonly job: PlayableJob;
}

export function SeekBar({ page, job }: Properties) {
  const { player, isSpectrogramOpen } = page;
  const length = player.length.value;
  return (
    <div class="seek-bar">
      {isSpectrogramOpen.value && <Spectrogram page={page} job={job} />}
      <Elapsed page={page} />
      <Slider page={page} job={job} />
      <span class="number">{showLength(length)}</span>
    </div>
  );
}

/** By itself, since it changes with every picture. */
function Elapsed({ page: { player } }: { readonly page: Page }) {
  return <span class="number elapsed">{showTime(player.position.value)}</span>;
}

function Slider({ page, job }: Properties) {
  const slider = useRef<HTMLDivElement>(null);
  const { player, pieces } = page;
  const length = player.length.value;
  useSignalEffect(() => {
    const seconds = Math.floor(player.position.value);
    slider.current?.setAttribute('aria-valuenow', String(seconds));
    slider.current?.setAttribute('aria-valuetext', `${showTime(seconds)} of ${showTime(player.length.value)}`); // prettier-ignore
  });
  const details = pieces.value.detailsOf(job.index);
  const outline = details === 'missing' ? undefined : details?.outline;
  return (
    <div
      ref={slider}
      class="seek-slider"
      role="slider"
      tabIndex={0}
      aria-label="Place in the song"
      aria-valuemin={0}
      aria-valuemax={Math.floor(length)}
      aria-valuenow={0}
      aria-describedby="outline-words"
      onKeyDown={(event) => {
        const to = seekTo(event.key, player.position.value, length);
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        player.seek(to);
      }}
    >
      <Waveform page={page} job={job} stretches={400} />
      <span id="outline-words" class="unseen">
        {outline ? `Outline: ${describeOutline(outline, length)}` : 'There is no outline of it'}
      </span>
    </div>
  );
}

/** Seconds. */
function seekTo(key: string, position: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return position - 1;
    case 'ArrowRight':
    case 'ArrowUp':
      return position + 1;
    case 'PageDown':
      return position - length / 10;
    case 'PageUp':
      return position + length / 10;
    case 'Home':
      return 0;
    case 'End':
      return length;
    default:
      return undefined;
  }
}

function Spectrogram({ page, job }: Properties) {
  const head = useRef<HTMLSpanElement>(null);
  const { player } = page;
  useSignalEffect(() => {
    const share = player.position.value / (player.length.value || 1);
    head.current?.style.setProperty('left', `${100 * share}%`);
  });
  if (job.song.picture === undefined) {
    return <p class="spectrogram hint">There is no spectrogram: the song was not measured.</p>;
  }
  return (
    <div class="spectrogram">
      <img
        src={job.song.picture}
        alt={`Spectrogram of ${job.name}: time from left to right, low notes at the bottom`}
        draggable={false}
        onClick={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          player.seek(((event.clientX - left) / width) * player.length.value);
        }}
      />
      <span ref={head} class="spectrogram-head" />
    </div>
  );
}
