/** Bars of a histogram as buttons over it: they can be reached, heard of and pressed. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { count } from '../words.ts';
import type { Bin } from './bins.ts';
import { rangeOf, type Measure } from './measures.ts';

export interface BarButtonsProps {
  readonly measure: Measure;
  readonly bins: readonly Bin[];
  readonly chosen: Bin | undefined;
  readonly onChoose: (bin: Bin) => void;
}

/** One stop for the Tab key; arrows go from bar to bar. */
export function BarButtons({ measure, bins, chosen, onChoose }: BarButtonsProps) {
  const list = useRef<HTMLDivElement>(null);
  const reached = useSignal(0);
  const filled = bins.flatMap((bin, index) => (bin.members.length > 0 ? [{ bin, index }] : []));
  const current = Math.min(reached.value, filled.length - 1);
  const go = (to: number) => {
    reached.value = Math.max(0, Math.min(filled.length - 1, to));
    list.current?.querySelectorAll('button')[reached.value]?.focus();
  };
  return (
    <div
      ref={list}
      role="toolbar"
      aria-label={`${measure.title}, songs by bar`}
      onKeyDown={(event) => {
        const to = arrival(event.key, current, filled.length);
        if (to === undefined) return;
        event.preventDefault();
        go(to);
      }}
    >
      {filled.map(({ bin, index }, position) => (
        <button
          key={bin.from}
          type="button"
          class="bar"
          tabIndex={position === current ? 0 : -1}
          aria-pressed={bin === chosen}
          aria-label={`${rangeOf(measure, bin)}: ${count(bin.members.length, 'song')}`}
          title={`${rangeOf(measure, bin)}: ${count(bin.members.length, 'song')}`}
          style={{ left: `${(100 * index) / bins.length}%`, width: `${100 / bins.length}%` }}
          onFocus={() => {
            reached.value = position;
          }}
          onClick={() => {
            onChoose(bin);
          }}
        />
      ))}
    </div>
  );
}

function arrival(key: string, from: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return from - 1;
    case 'ArrowRight':
      return from + 1;
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return undefined;
  }
}
