/**
 * Light and dark: what the reader chose, or else what the system says; and the colours that come of it, for
 * what is drawn on a canvas and not styled.
 */
import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';

export const themes = ['auto', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

/** As text that a canvas takes. */
export interface Colours {
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  /** Six, for lines and bars that are to be told apart. */
  readonly series: readonly string[];
}

export interface Appearance {
  readonly theme: Signal<Theme>;
  readonly colours: ReadonlySignal<Colours>;
}

const kept = 'songbatch theme';

export function createAppearance(root: HTMLElement): Appearance {
  const theme = signal(readKept());
  const colours = signal(readColours(root));
  effect(() => {
    if (theme.value === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
    colours.value = readColours(root);
    keep(theme.value);
  });
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', () => {
      colours.value = readColours(root);
    });
  }
  return { theme, colours };
}

function readColours(root: HTMLElement): Colours {
  const style = getComputedStyle(root);
  const colour = (name: string) => style.getPropertyValue(name);
  return {
    text: colour('--text'),
    faint: colour('--faint'),
    line: colour('--line'),
    series: [1, 2, 3, 4, 5, 6].map((number) => colour(`--series-${number}`)),
  };
}

function readKept(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(kept)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(kept, theme);
  } catch {
    // A browser that keeps nothing: it holds until the page is closed.
  }
}
