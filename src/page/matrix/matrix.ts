/** The matrix as it is shown now: what was chosen, which job stands where, which one has the focus. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Batch, PageJob } from '../batch.ts';
import { isPlayable } from '../player.ts';
import type { RatingsBook } from '../ratings-book.ts';
import { isShown, readChoice, writeChoice, type Choice } from './choice.ts';
import { pivot, type Pivot, type Place } from './pivot.ts';

export interface Matrix {
  readonly choice: ReadonlySignal<Choice>;
  readonly change: (part: Partial<Choice>) => void;
  readonly pivot: ReadonlySignal<Pivot>;
  /** It stays on its job whatever is chosen, as long as that is shown. */
  readonly focus: ReadonlySignal<Place>;
  /** Undefined where no job stands. */
  readonly focused: ReadonlySignal<PageJob | undefined>;
  /** Places beyond the edges are taken for the edge. */
  readonly moveTo: (place: Place) => void;
  readonly isDetailed: Signal<boolean>;
}

export function createMatrix(
  batch: ReadonlySignal<Batch>,
  ratings: RatingsBook,
  query: Signal<string>,
): Matrix {
  const choice = computed(() => readChoice(query.value, batch.value.axes));
  const starsOf = (job: PageJob) => (isPlayable(job) ? (ratings.starsOf(job) ?? 0) : 0);
  const shown = computed(() => {
    const { axes, jobs } = batch.value;
    const seen = jobs.filter((job) => isShown(job, choice.value, starsOf));
    return pivot(axes, seen, choice.value);
  });
  const last = signal<{ readonly place: Place; readonly job: string | undefined }>({
    place: { line: 0, column: 0 },
    job: undefined,
  });
  const focus = computed(() => {
    const { job, place } = last.value;
    return shown.value.places.get(job ?? '') ?? within(shown.value, place);
  });
  return {
    choice,
    change: (part) => {
      query.value = writeChoice({ ...choice.value, ...part }, batch.value.axes);
    },
    pivot: shown,
    focus,
    focused: computed(() => jobAt(shown.value, focus.value)),
    moveTo: (wanted) => {
      const place = within(shown.value, wanted);
      last.value = { place, job: jobAt(shown.value, place)?.id };
    },
    isDetailed: signal(false),
  };
}

export function jobAt({ lines }: Pivot, { line, column }: Place): PageJob | undefined {
  return lines[line]?.cells.get(column);
}

function within({ lines, columns }: Pivot, { line, column }: Place): Place {
  const clamp = (at: number, count: number) => Math.max(0, Math.min(count - 1, at));
  return { line: clamp(line, lines.length), column: clamp(column, columns.length) };
}
