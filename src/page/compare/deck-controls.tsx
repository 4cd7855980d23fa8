/** What a trial is made of: a button for each song, and one line of time that is the same for all of them. */
import type { ComponentChildren } from 'preact';
import { Icon } from '../icon.tsx';
import type { Page } from '../page.ts';
import { showTime } from '../words.ts';
import type { Deck } from './deck.ts';
import { useFocus } from './use-focus.ts';

export interface TrialPanelProps {
  readonly page: Page;
  readonly deck: Deck;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function TrialPanel({ page, deck, title, children }: TrialPanelProps) {
  const { trouble, stop } = page.compare;
  const panel = useFocus<HTMLElement>();
  return (
    <section
      class="trial"
      ref={panel}
      tabIndex={-1}
      aria-label={title}
      onMouseDown={(event) => {
        // A mouse leaves the focus where it is: otherwise the space bar would press what was clicked, not play.
        const { target } = event;
        if (target instanceof Element && target.closest('button, label')) event.preventDefault();
      }}
    >
      <div class="trial-title">
        <h2>{title}</h2>
        <button type="button" class="quiet" onClick={stop}>
          Stop
        </button>
      </div>
      {trouble.value !== undefined && (
        <p class="notice warn" role="alert">
          <bdi>{trouble.value}</bdi>
        </p>
      )}
      {children}
      {!deck.isMatched && (
        <p class="notice warn">
          These songs are not equally loud: one is very quiet, or its loudness was not measured. The
          louder one often seems the better one.
        </p>
      )}
    </section>
  );
}

export interface SideButtonProps {
  readonly deck: Deck;
  /** Position in the deck. */
  readonly song: number;
  readonly letter: 'A' | 'B' | 'X';
  /** What is known of it. */
  readonly children?: ComponentChildren;
}

export function SideButton({ deck, song, letter, children }: SideButtonProps) {
  return (
    <button
      type="button"
      class="side"
      aria-pressed={deck.heard.value === song}
      aria-keyshortcuts={letter}
      onClick={() => {
        deck.listen(song);
      }}
    >
      <span class="unseen">Listen to</span>
      <span class="letter">{letter}</span>
      {children}
    </button>
  );
}

export function DeckTime({ deck }: { readonly deck: Deck }) {
  const { isPlaying, position, length } = deck;
  return (
    <div class="deck-time">
      <button type="button" aria-label={isPlaying.value ? 'Pause' : 'Play'} onClick={deck.toggle}>
        <Icon name={isPlaying.value ? 'pause' : 'play'} />
      </button>
      <input
        type="range"
        aria-label="Place in the songs"
        aria-valuetext={`${showTime(position.value)} of ${showTime(length.value)}`}
        min={0}
        max={length.value}
        step={0.1}
        value={position.value}
        onInput={(event) => {
          deck.seek(Number(event.currentTarget.value));
        }}
        onPointerUp={(event) => {
          event.currentTarget.blur();
        }}
      />
      <span class="number hint">
        {showTime(position.value)} / {showTime(length.value)}
      </span>
    </div>
  );
}
