/** ABX: A and B are known, X is one of them: which? */
import { useEffect, useMemo } from 'preact/hooks';
import type { Page } from '../page.ts';
import { SongName } from '../song-name.tsx';
import type { RunningAbx, Side } from './abx-test.ts';
import type { Pair } from './asked-pairs.ts';
import { DeckTime, SideButton, TrialPanel } from './deck-controls.tsx';
import { useDeck } from './use-deck.ts';
import { useKeys } from './use-keys.ts';

/** Seconds of X that must have been heard before an answer counts. */
const leastHeard = 1;

const mustHear = 'Listen to X for a second at least: then you can answer.';

export interface AbxTrialProps {
  readonly page: Page;
  readonly pair: Pair;
  readonly test: RunningAbx;
}

export function AbxTrial({ page, pair, test }: AbxTrialProps) {
  const { compare, announcement, batch } = page;
  // X is played by elements of its own: switching to it sounds and takes the same whatever it is.
  const songs = useMemo(() => [pair.a, pair.b, pair.a, pair.b], [pair]);
  const deck = useDeck(page, songs);
  const x = test.x === 'a' ? 2 : 3;
  const isHeard = () => (deck.heardFor.value[x] ?? 0) >= leastHeard;

  useEffect(() => {
    announcement.value = `Trial ${test.answered + 1} of ${test.trials}: is X A or B?`;
  }, [test]);

  const hear = (song: number) => () => {
    deck.listen(song);
  };
  const answer = (side: Side) => () => {
    if (!isHeard()) {
      announcement.value = mustHear;
      return;
    }
    compare.answer(side);
    deck.forgetHeard();
    // To stay at X would let it be heard whether it has changed; A tells nothing.
    deck.turnTo(0);
  };
  useKeys({
    ...{ a: hear(0), ArrowLeft: hear(0), b: hear(1), ArrowRight: hear(1), x: hear(x) },
    ...{ ' ': deck.toggle, 1: answer('a'), 2: answer('b') },
  });

  return (
    <TrialPanel page={page} deck={deck} title="Is X A or B?">
      <p class="hint">
        {`Trial ${test.answered + 1} of ${test.trials} · how it goes is told after the last one · `}
        a test that you stop is not kept
      </p>
      <div class="sides">
        <SideButton deck={deck} song={0} letter="A">
          <SongName job={pair.a.playable} axes={batch.value.axes} only={only(pair)} />
        </SideButton>
        <SideButton deck={deck} song={x} letter="X" />
        <SideButton deck={deck} song={1} letter="B">
          <SongName job={pair.b.playable} axes={batch.value.axes} only={only(pair)} />
        </SideButton>
      </div>
      <DeckTime deck={deck} />
      <div class="verdicts">
        {(['a', 'b'] as const).map((side, index) => (
          <button
            key={side}
            type="button"
            class="verdict"
            aria-disabled={!isHeard()}
            aria-keyshortcuts={String(index + 1)}
            onClick={answer(side)}
          >
            X is {side.toUpperCase()} <kbd>{index + 1}</kbd>
          </button>
        ))}
      </div>
      <p class="hint centred">
        {isHeard() ? 'Not sure? Then guess: it has to be one of them.' : mustHear}
      </p>
    </TrialPanel>
  );
}

function only({ axis }: Pair): readonly string[] | undefined {
  return axis === undefined ? undefined : [axis];
}
