/** Two songs without their names: which one is better? */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Comparison } from '../../ratings/ratings.ts';
import type { Page } from '../page.ts';
import type { Pair } from './asked-pairs.ts';
import { DeckTime, SideButton, TrialPanel } from './deck-controls.tsx';
import { AnsweredPair } from './answered-pair.tsx';
import { useDeck } from './use-deck.ts';
import { useKeys } from './use-keys.ts';

/** Seconds that each must have been heard: a choice without listening would count like any other. */
const leastHeard = 1;

const mustHear = 'Listen to both for a second at least: then you can choose.';

export function BlindTrial({ page, pair }: { readonly page: Page; readonly pair: Pair }) {
  const { compare, announcement } = page;
  const { answered, pairs, reveals } = compare;
  const songs = useMemo(() => [pair.a, pair.b], [pair]);
  const deck = useDeck(page, songs);
  const isHeard = deck.heardFor.value.every((seconds) => seconds >= leastHeard);
  const last = answered.value.at(-1);

  useEffect(() => {
    announcement.value = `Pair ${answered.value.length + 1}: A or B?`;
  }, [pair]);

  const say = (choice: Comparison['choice']) => () => {
    if (choice !== 'skip' && !isHeard) {
      announcement.value = mustHear;
      return;
    }
    compare.playsOn.value = deck.isPlaying.value;
    compare.choose(pair, choice);
  };
  const hear = (side: number) => () => {
    deck.listen(side);
  };
  const toggleReveals = () => {
    reveals.value = !reveals.value;
  };
  useKeys({
    ...{ a: hear(0), ArrowLeft: hear(0), b: hear(1), ArrowRight: hear(1), ' ': deck.toggle },
    ...{ 1: say('a'), 2: say('b'), 3: say('equal'), '=': say('equal'), s: say('skip') },
    ...{ u: compare.undo, r: toggleReveals },
  });

  return (
    <TrialPanel page={page} deck={deck} title="Which one is better?">
      <p class="hint">
        {pair.axis === undefined ? (
          'Two songs that you chose'
        ) : (
          <>
            They differ in <bdi>{pair.axis}</bdi> only
          </>
        )}
        {` · ${answered.value.length} answered · ${pairs.left.value} left`}
      </p>
      <div class="sides">
        <SideButton deck={deck} song={0} letter="A" />
        <SideButton deck={deck} song={1} letter="B" />
      </div>
      <DeckTime deck={deck} />
      <div class="verdicts">
        <Verdict shortcut="1" isReady={isHeard} say={say('a')}>
          A is better
        </Verdict>
        <Verdict shortcut="=" isReady={isHeard} say={say('equal')}>
          Equal
        </Verdict>
        <Verdict shortcut="2" isReady={isHeard} say={say('b')}>
          B is better
        </Verdict>
      </div>
      <p class="hint centred">{isHeard ? 'Which one is which stays hidden.' : mustHear}</p>
      <div class="toolbar">
        <button type="button" aria-keyshortcuts="S" onClick={say('skip')}>
          Skip <kbd>s</kbd>
        </button>
        <button type="button" aria-keyshortcuts="U" disabled={!last} onClick={compare.undo}>
          Undo <kbd>u</kbd>
        </button>
        <label class="field reveals">
          <input type="checkbox" checked={reveals.value} onChange={toggleReveals} />
          Show after each choice which was which <kbd>r</kbd>
        </label>
      </div>
      {last && reveals.value && (
        <p class="notice" role="status">
          The last pair: <AnsweredPair answered={last} axes={page.batch.value.axes} />
        </p>
      )}
    </TrialPanel>
  );
}

interface VerdictProps {
  readonly shortcut: string;
  readonly isReady: boolean;
  readonly say: () => void;
  readonly children: ComponentChildren;
}

/** It keeps the focus while it waits for both songs to be heard, and says so when it is pressed. */
function Verdict({ shortcut, isReady, say, children }: VerdictProps) {
  return (
    <button
      type="button"
      class="verdict"
      aria-disabled={!isReady}
      aria-keyshortcuts={shortcut}
      onClick={say}
    >
      {children} <kbd>{shortcut}</kbd>
    </button>
  );
}
