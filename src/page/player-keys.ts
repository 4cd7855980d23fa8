/** Keys that work wherever the player is to be seen. What a cell of the matrix does with keys, it does before. */
import { useLayoutEffect } from 'preact/hooks';
import type { Page } from './page.ts';
import { isPlayable } from './player.ts';
import { isShortcut } from './shortcuts.ts';
import { currentJob, cueWhereNothingIs, forgetMark, markForComparison, rate, type StarCount } from './song-actions.ts'; // prettier-ignore

/** Seconds that `,` and `.` go back and on. */
const step = 5;

export function usePlayerKeys(page: Page): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isShortcut(event) && press(page, event.key)) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, [page]);
}

/** Answers whether the key meant something. */
function press(page: Page, key: string): boolean {
  const { player, announcement, isSpectrogramOpen } = page;
  const current = currentJob(page);
  switch (key) {
    case ' ':
      player.toggle();
      return true;
    case ',':
      player.seek(player.position.value - step);
      return true;
    case '.':
      player.seek(player.position.value + step);
      return true;
    case 'm':
      player.isMatched.value = !player.isMatched.value;
      announcement.value = player.isMatched.value ? 'all songs equally loud' : 'songs as loud as they are'; // prettier-ignore
      return true;
    case 'g':
      cueWhereNothingIs(page, current);
      isSpectrogramOpen.value = !isSpectrogramOpen.value;
      return true;
    case 'x':
      if (isPlayable(current)) markForComparison(page, current);
      return true;
    case 'i':
      if (page.view.value !== 'matrix') return false;
      page.matrix.isDetailed.value = !page.matrix.isDetailed.value;
      return true;
    case 'Escape':
      if (page.marked.value) forgetMark(page);
      else page.matrix.isDetailed.value = false;
      return true;
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
      if (isPlayable(current)) rate(page, current, Number(key) as StarCount);
      return true;
    default:
      return false;
  }
}
