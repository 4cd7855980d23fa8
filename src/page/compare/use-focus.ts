/** Moves the focus to what has taken the place of what had it: keys and screen readers go on from there. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** For an element with tabIndex -1. */
export function useFocus<Focused extends HTMLElement>(): RefObject<Focused | null> {
  const element = useRef<Focused>(null);
  useEffect(() => {
    element.current?.focus();
  }, []);
  return element;
}
