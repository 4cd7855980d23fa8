/** What keys do in a cell of the matrix: they move the focus, and play what has it. And which find the way there. */
import { effect } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import type { Page } from '../page.ts';
import { isPlayable } from '../player.ts';
import { isShortcut } from '../shortcuts.ts';
import type { Place } from './pivot.ts';
import { placeOf, type GridFocus } from './grid-sight.ts';

/** @param windowful lines that PageUp and PageDown go */
export function pressInGrid(
  event: KeyboardEvent,
  page: Page,
  moveFocus: (place: Place) => void,
  windowful: number,
): void {
  const { matrix } = page;
  const { key, ctrlKey, metaKey, altKey } = event;
  if (metaKey || altKey || !placeOf(event.target)) return;
  const to = target(key, ctrlKey, matrix.focus.value, windowful);
  if (to) moveFocus(to);
  else if (ctrlKey || !act(key, event, page)) return;
  event.preventDefault();
}

/** Undefined where the key moves nothing. What is beyond an edge means the edge. */
function target(
  key: string,
  ctrlKey: boolean,
  { line, column }: Place,
  windowful: number,
): Place | undefined {
  const last = Infinity;
  if (ctrlKey) {
    if (key === 'Home') return { line: 0, column: 0 };
    return key === 'End' ? { line: last, column: last } : undefined;
  }
  switch (key) {
    case 'ArrowLeft':
      return { line, column: column - 1 };
    case 'ArrowRight':
      return { line, column: column + 1 };
    case 'ArrowUp':
      return { line: line - 1, column };
    case 'ArrowDown':
      return { line: line + 1, column };
    case 'Home':
      return { line, column: 0 };
    case 'End':
      return { line, column: last };
    case 'PageUp':
      return { line: line - windowful, column };
    case 'PageDown':
      return { line: line + windowful, column };
    default:
      return undefined;
  }
}

/** Answers whether the key meant something. */
function act(key: string, { target: at, repeat }: KeyboardEvent, page: Page): boolean {
  const { matrix, player, announcement } = page;
  const job = matrix.focused.value;
  // A button in the cell is pressed by these keys itself.
  const isOnButton = at instanceof HTMLButtonElement;
  switch (key) {
    case ' ':
    case 'Enter':
      if (isOnButton) return false;
      if (repeat) return true;
      if (!isPlayable(job)) announcement.value = 'There is no song to play here';
      else if (key === 'Enter') player.play(job, 0);
      else if (player.isPlaying.value && player.job.value?.id === job.id) player.pause();
      else player.play(job);
      return true;
    default:
      return false;
  }
}

/**
 * Where the focus is nowhere, as after loading, the arrows and Space go to the cell that has the focus of the matrix;
 * where the details had it and are closed, it goes back there.
 */
export function useWayIntoGrid(page: Page, { enter }: GridFocus): void {
  const { matrix, player } = page;
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isShortcut(event) || !isNowhere(event.target)) return;
      if (event.key.startsWith('Arrow')) enter();
      else if (event.key === ' ' && !player.job.value) {
        enter();
        act(event.key, event, page);
      } else return;
      event.preventDefault();
    };
    // Before the keys of the player, which are heard by the window.
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [page]);
  useEffect(
    () =>
      effect(() => {
        // Before they are closed, and take the focus with them.
        if (!matrix.isDetailed.value && document.activeElement?.closest('.details')) enter();
      }),
    [page],
  );
}

function isNowhere(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof Element && target.id === 'view');
}
