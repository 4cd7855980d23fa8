/** A song's outline; what has been heard of it is in another colour, and a click goes there. */
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Page } from './page.ts';
import type { PlayableJob } from './player.ts';

export interface WaveformProps {
  readonly page: Page;
  readonly job: PlayableJob;
}

export function Waveform({ page, job }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { player, pieces } = page;
  useSignalEffect(() => {
    const details = pieces.value.detailsOf(job.index);
    const isHeard = player.job.value?.id === job.id;
    const played = isHeard ? player.position.value / (player.length.value || 1) : 0;
    const outline = details === 'missing' ? undefined : details?.outline;
    if (canvas.current) draw(canvas.current, outline, played);
  });
  return (
    <canvas
      ref={canvas}
      class="waveform"
      aria-hidden="true"
      onClick={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect();
        player.play(job, ((event.clientX - left) / width) * (job.song.seconds ?? 0));
      }}
    />
  );
}

/** @param played share of it, from 0 to 1 */
function draw(canvas: HTMLCanvasElement, outline: Float32Array | undefined, played: number): void {
  const ratio = devicePixelRatio;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  // Setting either clears it.
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context || !outline) return;
  const style = getComputedStyle(canvas);
  const colours = [style.getPropertyValue('--wave-played'), style.getPropertyValue('--wave')];
  const stretches = outline.length / 2;
  for (let x = 0; x < width; x++) {
    const at = Math.floor((x * stretches) / width);
    const low = outline[2 * at] ?? 0;
    const high = outline[2 * at + 1] ?? 0;
    const top = ((1 - high) / 2) * height;
    context.fillStyle = colours[x < played * width ? 0 : 1] ?? 'gray';
    context.fillRect(x, top, 1, Math.max(ratio, ((high - low) / 2) * height));
  }
}
