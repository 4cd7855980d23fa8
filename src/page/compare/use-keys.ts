/** Keys that do something while a part of the page is shown: from its first moment on, not from its first paint. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isShortcut } from '../shortcuts.ts';

/** @param keys by what they are called in KeyboardEvent.key, letters in lower case */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key } = event;
      const does = latest.current[key.length === 1 ? key.toLowerCase() : key];
      if (!does || !isShortcut(event)) return;
      event.preventDefault();
      // A key that is held down is no second choice.
      if (!event.repeat) does();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, []);
}
