/** What of the grid is in sight, and that what has the focus is. */
import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { isPlayable } from '../player.ts';
import { geometryOf, type Geometry } from './geometry.ts';
import { jobAt, type Matrix } from './matrix.ts';
import type { Place } from './pivot.ts';
import { drawn, inSight, scrollTo } from './window.ts';

export interface Sight {
  readonly geometry: ReadonlySignal<Geometry>;
  /** Positions of what is in the document. */
  readonly lines: ReadonlySignal<readonly number[]>;
  readonly columns: ReadonlySignal<readonly number[]>;
  /** Whole lines that the window shows. */
  readonly linesInSight: () => number;
  readonly follow: () => void;
  /** Scrolls no further than it must. */
  readonly show: (place: Place) => void;
}

type Scroller = RefObject<HTMLDivElement | null>;

export function useSight({ pivot, focus }: Matrix, scroller: Scroller): Sight {
  const width = useSignal(0);
  const height = useSignal(0);
  const left = useSignal(0);
  const top = useSignal(0);
  const geometry = useComputed(() => {
    const window = { width: width.value, height: height.value };
    return geometryOf(pivot.value, window, textSize());
  });
  const bodyHeight = () => Math.max(0, height.value - geometry.value.columnHeader);
  const bodyWidth = () => Math.max(0, width.value - geometry.value.rowHeader);
  const lines = useSame(() => {
    const count = pivot.value.lines.length;
    const seen = inSight(top.value, bodyHeight(), geometry.value.line, count);
    return drawn(seen, focus.value.line, count);
  });
  const columns = useSame(() => {
    const count = pivot.value.columns.length;
    const seen = inSight(left.value, bodyWidth(), geometry.value.column, count);
    return drawn(seen, focus.value.column, count);
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      width.value = element.clientWidth;
      height.value = element.clientHeight;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [scroller, width, height]);
  const follow = () => {
    left.value = scroller.current?.scrollLeft ?? 0;
    top.value = scroller.current?.scrollTop ?? 0;
  };
  return {
    geometry,
    lines,
    columns,
    linesInSight: () => Math.max(1, Math.floor(bodyHeight() / geometry.peek().line)),
    follow,
    show: ({ line, column }) => {
      const sizes = geometry.peek();
      scroller.current?.scrollTo(
        scrollTo(column, left.peek(), bodyWidth(), sizes.column),
        scrollTo(line, top.peek(), bodyHeight(), sizes.line),
      );
      // What it brings into sight is drawn with what has moved, not a moment later.
      follow();
    },
  };
}

/** Positions that change only when they differ: so scrolling by a pixel draws nothing anew. */
function useSame(compute: () => readonly number[]): ReadonlySignal<readonly number[]> {
  const last = useRef<readonly number[]>([]);
  return useComputed(() => {
    const next = compute();
    const isSame = next.length === last.current.length && next.every((at, index) => at === last.current[index]); // prettier-ignore
    if (!isSame) last.current = next;
    return last.current;
  });
}

/** Pixels. */
function textSize(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

export interface GridFocus {
  /** To another cell: after a key has moved the focus of the matrix, that of the document follows. */
  readonly move: (place: Place) => void;
  /** To the cell that has the focus of the matrix, from wherever that of the document is. */
  readonly enter: () => void;
}

/** @param sight made anew with each drawing, and with it all cells: the one that is looked for is there */
export function useFocus({ focus, moveTo }: Matrix, scroller: Scroller, sight: Sight): GridFocus {
  const { line, column } = focus.value;
  const isMoved = useRef(false);
  const enter = () => {
    const place = focus.peek();
    sight.show(place);
    scroller.current
      ?.querySelector<HTMLElement>(`[data-line="${place.line}"][data-column="${place.column}"]`)
      ?.focus({ preventScroll: true });
  };
  useLayoutEffect(() => {
    if (!isMoved.current) return;
    isMoved.current = false;
    enter();
  }, [scroller, sight, line, column]);
  return {
    move: (place) => {
      isMoved.current = true;
      moveTo(place);
    },
    enter,
  };
}

/** Milliseconds for which the focus rests before anything is fetched. */
const rest = 120;

/** Fetches the song that has the focus and those around it, so that they begin at once. */
export function usePreparation({ matrix, player }: Page): void {
  const isFirst = useRef(true);
  useSignalEffect(() => {
    const { line, column } = matrix.focus.value;
    const pivot = matrix.pivot.value;
    // Nobody has done anything yet: nothing is fetched for a page that is only looked at.
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const near = [
      { line, column: column - 1 },
      { line: line - 1, column },
      { line: line + 1, column },
      { line, column: column + 1 },
      { line, column },
    ];
    const timer = setTimeout(() => {
      player.prepare(near.map((place) => jobAt(pivot, place)).filter(isPlayable));
    }, rest);
    return () => {
      clearTimeout(timer);
    };
  });
}

/** Of the cell that it is, or is in. */
export function placeOf(target: EventTarget | null): Place | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[role=gridcell]') : null;
  const { line, column } = cell?.dataset ?? {};
  return line === undefined ? undefined : { line: Number(line), column: Number(column) };
}
