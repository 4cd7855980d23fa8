/**
 * Files that are dropped anywhere while a part of the page is shown: whoever misses its place would otherwise
 * have the browser open the file instead of the page.
 */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** @returns whether files are held above the page */
export function useDroppedFiles(open: (files: readonly File[]) => void): ReadonlySignal<boolean> {
  const isOver = useSignal(false);
  const latest = useRef(open);
  latest.current = open;
  // Not after the next paint: a file may come at once.
  useLayoutEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const onFiles = (name: 'dragover' | 'dragleave' | 'drop', does: (files: File[]) => void) => {
      document.addEventListener(
        name,
        (event) => {
          if (!event.dataTransfer?.types.includes('Files')) return;
          event.preventDefault();
          does([...event.dataTransfer.files]);
        },
        { signal },
      );
    };
    onFiles('dragover', () => {
      isOver.value = true;
    });
    onFiles('dragleave', () => {
      isOver.value = false;
    });
    onFiles('drop', (files) => {
      isOver.value = false;
      latest.current(files);
    });
    return () => {
      listening.abort();
    };
  }, [isOver]);
  return isOver;
}
