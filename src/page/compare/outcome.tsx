/** What came of it: the pairs of a sitting with their names, or the result of an ABX test. */
import { chanceByGuessing } from '../../ratings/binomial.ts';
import type { AbxTest } from '../../ratings/ratings.ts';
import type { Page } from '../page.ts';
import { RatingsPanel } from '../ranking/ratings-panel.tsx';
import { SongName } from '../song-name.tsx';
import { count, showShare } from '../words.ts';
import { AnsweredPair } from './answered-pair.tsx';
import type { Pair } from './asked-pairs.ts';
import { useFocus } from './use-focus.ts';

export function SittingOutcome({ page }: { readonly page: Page }) {
  const { compare, batch } = page;
  const { answered, pairs, trouble } = compare;
  const left = pairs.left.value;
  const made = answered.value.filter(({ comparison }) => comparison.choice !== 'skip').length;
  const heading = useFocus<HTMLHeadingElement>();
  const canGoOn = left > 0 && pairs.asked.value.kind !== 'chosen';
  return (
    <div class="view sitting">
      <section class="card outcome">
        <h2 ref={heading} tabIndex={-1}>
          {made === 0 ? 'Nothing judged' : `${count(made, 'pair')} judged`}
        </h2>
        {trouble.value !== undefined && (
          <p class="notice warn" role="alert">
            <bdi>{trouble.value}</bdi>
          </p>
        )}
        <p>{canGoOn ? `${count(left, 'pair')} left.` : 'All of these pairs are answered.'}</p>
        <div class="toolbar">
          {canGoOn && (
            <button type="button" class="primary" onClick={compare.goOn}>
              Go on
            </button>
          )}
          <a class="button" href="#ranking">
            See the ranking
          </a>
          <button type="button" onClick={compare.chooseAnew}>
            Compare others
          </button>
          <button type="button" disabled={answered.value.length === 0} onClick={compare.undo}>
            Undo the last
          </button>
        </div>
        <ol class="answered">
          {answered.value.map((one) => (
            <li key={one.comparison.at}>
              <AnsweredPair answered={one} axes={batch.value.axes} />
              {one.pair.axis !== undefined && (
                <span class="hint">
                  {' '}
                  with <Shared pair={one.pair} page={page} />
                </span>
              )}
            </li>
          ))}
        </ol>
      </section>
      <RatingsPanel page={page} />
    </div>
  );
}

/** What the two have in common. */
function Shared({ pair, page }: { readonly pair: Pair; readonly page: Page }) {
  const { axes } = page.batch.value;
  const shared = axes.filter(({ name, labels }) => name !== pair.axis && labels.length > 1);
  if (shared.length === 0) return <>all else equal</>;
  return <SongName job={pair.a.playable} axes={axes} only={shared.map(({ name }) => name)} />;
}

export interface AbxOutcomeProps {
  readonly page: Page;
  readonly pair: Pair;
  readonly test: AbxTest;
}

export function AbxOutcome({ page, pair, test }: AbxOutcomeProps) {
  const { compare, batch } = page;
  const { trials, correct } = test;
  const byGuessing = chanceByGuessing(correct, trials);
  const only = pair.axis === undefined ? undefined : [pair.axis];
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <div class="view sitting">
      <section class="card outcome">
        <h2 ref={heading} tabIndex={-1}>
          {correct} of {trials} right:{' '}
          {isShown(byGuessing) ? 'you heard a difference' : 'not shown to be heard'}
        </h2>
        <p>
          <SongName job={pair.a.playable} axes={batch.value.axes} only={only} /> and{' '}
          <SongName job={pair.b.playable} axes={batch.value.axes} only={only} />
        </p>
        <p>
          Who only guesses is right {correct} times or more in {showShare(byGuessing)} of such tests
          (p = {byGuessing.toFixed(4)}).{' '}
          {isShown(byGuessing)
            ? 'That is hardly chance.'
            : 'That may well be chance; it does not prove that there is nothing to hear.'}
        </p>
        <div class="toolbar">
          <button type="button" class="primary" onClick={compare.chooseAnew}>
            Go on
          </button>
          <a class="button" href="#ranking">
            See the ranking
          </a>
        </div>
      </section>
    </div>
  );
}

/** At the usual 5 %. */
function isShown(byGuessing: number): boolean {
  return byGuessing <= 0.05;
}
