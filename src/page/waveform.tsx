/** A song's outline; what has been heard of it is in another colour, and a click goes there. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Colours } from './colours.ts';
import type { Page } from './page.ts';
import type { PlayableJob } from './player.ts';

export interface WaveformProps {
  readonly page: Page;
  readonly job: PlayableJob;
}

/** CSS pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

export function Waveform({ page, job }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal<Size | undefined>(undefined);
  const { player, pieces, appearance } = page;
  useEffect(() => {
    if (!canvas.current) return;
    // It tells the size without asking for it, which for a screen full of waves would be slow.
    const observer = new ResizeObserver(([entry]) => {
      size.value = entry?.contentRect;
    });
    observer.observe(canvas.current);
    return () => {
      observer.disconnect();
    };
  }, [size]);
  useSignalEffect(() => {
    const details = pieces.value.detailsOf(job.index);
    const isHeard = player.job.value?.id === job.id;
    const played = isHeard ? player.position.value / (player.length.value || 1) : 0;
    const outline = details === 'missing' ? undefined : details?.outline;
    if (canvas.current && size.value) {
      draw(canvas.current, size.value, outline, played, appearance.colours.value);
    }
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
function draw(
  canvas: HTMLCanvasElement,
  size: Size,
  outline: Float32Array | undefined,
  played: number,
  { wave, wavePlayed }: Colours,
): void {
  const ratio = devicePixelRatio;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  // Setting either clears it.
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) return;
  const head = Math.round(played * width);
  context.fillStyle = wavePlayed;
  for (let x = 0; x < width; x++) {
    if (x === head) context.fillStyle = wave;
    const { low, high } = outline ? reach(outline, x, width) : { low: 0, high: 0 };
    const top = ((1 - high) / 2) * height;
    context.fillRect(x, top, 1, Math.max(ratio, ((high - low) / 2) * height));
  }
  if (head > 0) {
    context.fillStyle = wavePlayed;
    context.fillRect(head, 0, ratio, height);
  }
}

/** Of all stretches that a column of pixels stands for, so that no peak is lost. */
function reach(outline: Float32Array, x: number, width: number) {
  const stretches = outline.length / 2;
  const from = Math.floor((x * stretches) / width);
  const to = Math.max(from + 1, Math.floor(((x + 1) * stretches) / width));
  let low = 1;
  let high = -1;
  for (let at = from; at < to; at++) {
    low = Math.min(low, outline[2 * at] ?? 0);
    high = Math.max(high, outline[2 * at + 1] ?? 0);
  }
  return { low, high };
}
