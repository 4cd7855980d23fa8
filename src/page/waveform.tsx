/**
 * A song's outline; what has been heard of it is in another colour, and a click goes there. A shape and not a
 * canvas: the browser draws it once and moves it when a screen full of them is scrolled, and its colours are the
 * style's.
 */
import { useComputed, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Page } from './page.ts';
import type { PlayableJob } from './player.ts';

export interface WaveformProps {
  readonly page: Page;
  readonly job: PlayableJob;
  /** Stretches into which it is cut: more than there are pixels is work for nothing. */
  readonly stretches: number;
}

export function Waveform({ page, job, stretches }: WaveformProps) {
  const { player, pieces } = page;
  const isHeard = useComputed(() => player.job.value?.id === job.id).value;
  const shape = useComputed(() => {
    const details = pieces.value.detailsOf(job.index);
    const outline = details === 'missing' ? undefined : details?.outline;
    return shapeOf(outline, stretches);
  }).value;
  return (
    <div
      class="waveform"
      aria-hidden="true"
      onClick={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect();
        player.play(job, ((event.clientX - left) / width) * (job.song.seconds ?? 0));
      }}
    >
      <svg viewBox={`0 -1 ${stretches} 2`} preserveAspectRatio="none">
        <path d={shape} />
      </svg>
      {isHeard && <Played page={page} shape={shape} stretches={stretches} />}
    </div>
  );
}

interface PlayedProps {
  readonly page: Page;
  readonly shape: string;
  readonly stretches: number;
}

/** The same shape once more, as far as it has been heard. */
function Played({ page: { player }, shape, stretches }: PlayedProps) {
  const played = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const share = player.position.value / (player.length.value || 1);
    played.current?.style.setProperty('--played', `${100 * share}%`);
  });
  return (
    <div ref={played} class="waveform-played">
      <svg viewBox={`0 -1 ${stretches} 2`} preserveAspectRatio="none">
        <path d={shape} />
      </svg>
    </div>
  );
}

/** Half of its height, of what is silent: it is a line. */
const thinnest = 0.02;

/**
 * Along its highs and back along its lows, in steps.
 * @param outline lows and highs by turns, from -1 to 1; undefined: a line
 */
function shapeOf(outline: Float32Array | undefined, stretches: number): string {
  let there = '';
  let back = '';
  for (let at = 0; at < stretches; at++) {
    const { low, high } = outline ? reach(outline, at, stretches) : { low: 0, high: 0 };
    there += `V${(-Math.max(thinnest, high)).toFixed(2)}H${at + 1}`;
    back = `V${(-Math.min(-thinnest, low)).toFixed(2)}H${at}${back}`;
  }
  return `M0,0${there}${back}Z`;
}

/** Of all that a stretch is made of, so that no peak is lost. */
function reach(outline: Float32Array, at: number, stretches: number) {
  const known = outline.length / 2;
  const from = Math.floor((at * known) / stretches);
  const to = Math.max(from + 1, Math.floor(((at + 1) * known) / stretches));
  let low = 1;
  let high = -1;
  for (let index = from; index < to; index++) {
    low = Math.min(low, outline[2 * index] ?? 0);
    high = Math.max(high, outline[2 * index + 1] ?? 0);
  }
  return { low, high };
}
