/** Opens the details, or closes them: then the focus goes back to the song that they were about. */
import type { Matrix } from './matrix.ts';

export function toggleDetails({ isDetailed }: Matrix): void {
  const panel = document.querySelector('.details');
  if (panel?.contains(document.activeElement)) {
    document.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]')?.focus();
  }
  isDetailed.value = !isDetailed.value;
}
