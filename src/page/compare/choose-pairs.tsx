/** What is to be compared, and how. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Page } from '../page.ts';
import { RatingsPanel } from '../ranking/ratings-panel.tsx';
import { SongName } from '../song-name.tsx';
import { count } from '../words.ts';
import { trialNumbers } from './abx-test.ts';
import type { Asked, AxisPairs } from './asked-pairs.ts';

export function ChoosePairs({ page }: { readonly page: Page }) {
  const { pairs, trouble } = page.compare;
  const notice = trouble.value !== undefined && (
    <p class="notice warn" role="alert">
      <bdi>{trouble.value}</bdi>
    </p>
  );
  if (pairs.axes.value.length === 0 && !page.chosenPair.value) {
    return notice ? <div class="view">{notice}</div> : <NothingToCompare />;
  }
  return (
    <div class="view choose-pairs">
      {notice}
      <WhichPairs page={page} />
      <Blind page={page} />
      <Abx page={page} />
      <RatingsPanel page={page} />
    </div>
  );
}

function NothingToCompare() {
  return (
    <div class="empty">
      <h2>Nothing to compare yet</h2>
      <p>
        There are no two songs here that differ in one thing only, such as their seed. Any two can
        be chosen in the <a href="#matrix">matrix</a>: mark both with <kbd>x</kbd>.
      </p>
    </div>
  );
}

function WhichPairs({ page }: { readonly page: Page }) {
  const { axes } = page.compare.pairs;
  const pair = page.chosenPair.value;
  const all = axes.value.reduce(
    (sum, { number, judged }) => ({ number: sum.number + number, judged: sum.judged + judged }),
    { number: 0, judged: 0 },
  );
  return (
    <fieldset class="card which-pairs">
      <legend class="unseen">Which songs</legend>
      <h2>Compare songs that differ only in …</h2>
      <div class="choices">
        {axes.value.map((one) => (
          <Choice key={one.axis} page={page} asks={{ kind: 'axis', axis: one.axis }} of={one}>
            <bdi>{one.axis}</bdi>
          </Choice>
        ))}
        {axes.value.length > 1 && (
          <Choice page={page} asks={{ kind: 'any' }} of={all}>
            any of these
          </Choice>
        )}
        {pair && (
          <Choice page={page} asks={{ kind: 'chosen', pair }}>
            these two:{' '}
            {pair.map((job) => (
              <SongName key={job.id} job={job} axes={page.batch.value.axes} />
            ))}
          </Choice>
        )}
      </div>
    </fieldset>
  );
}

interface ChoiceProps {
  readonly page: Page;
  readonly asks: Asked;
  readonly of?: Pick<AxisPairs, 'number' | 'judged'>;
  readonly children: ComponentChildren;
}

function Choice({ page, asks, of, children }: ChoiceProps) {
  const { asked } = page.compare.pairs;
  return (
    <label class="choice">
      <input
        type="radio"
        name="asked"
        checked={isSame(asked.value, asks)}
        onChange={() => {
          asked.value = asks;
        }}
      />
      <span>{children}</span>
      {of && (
        <span class="hint number">
          {count(of.number, 'pair')}
          {of.judged > 0 && `, ${of.judged.toLocaleString('en')} judged`}
        </span>
      )}
    </label>
  );
}

function isSame(one: Asked, other: Asked): boolean {
  return one.kind === 'axis' && other.kind === 'axis'
    ? one.axis === other.axis
    : one.kind === other.kind;
}

function Blind({ page }: { readonly page: Page }) {
  const { pairs, reveals, startBlind } = page.compare;
  const left = pairs.left.value;
  const start = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Who has marked two songs in the matrix goes on with one key.
    if (page.chosenPair.value) start.current?.focus();
  }, [page.chosenPair.value]);
  return (
    <section class="card way">
      <h2>Blind: which one is better?</h2>
      <p>
        Pairs come in random order, as A and B, on random sides, equally loud. Nothing tells which
        is which until you have chosen.
      </p>
      <div class="options">
        <Option is={pairs.undecidedFirst} hint="reaches an order sooner than chance does">
          Begin with what is undecided
        </Option>
        <Option is={pairs.again}>Also pairs that I have judged before</Option>
        <Option is={reveals} hint="what you learn may colour what you hear next">
          Show after each choice which was which
        </Option>
      </div>
      <button ref={start} type="button" class="primary" disabled={left === 0} onClick={startBlind}>
        {left === 0 ? 'All are judged' : `Start · ${count(left, 'pair')}`}
      </button>
    </section>
  );
}

interface OptionProps {
  readonly is: { value: boolean };
  readonly hint?: string;
  readonly children: ComponentChildren;
}

function Option({ is, hint, children }: OptionProps) {
  return (
    <label class="option">
      <input
        type="checkbox"
        checked={is.value}
        onChange={(event) => {
          is.value = event.currentTarget.checked;
        }}
      />
      <span>
        {children} {hint !== undefined && <span class="hint">{hint}</span>}
      </span>
    </label>
  );
}

function Abx({ page }: { readonly page: Page }) {
  const { trials, startAbx } = page.compare;
  return (
    <section class="card way">
      <h2>ABX: is there a difference to be heard?</h2>
      <p>
        A and B are named, X is one of them, drawn anew each time: you say which. How often you were
        right is told at the end only, since who may stop when it looks good always finds a
        difference. A test that you stop before its end is not kept.
      </p>
      <fieldset class="segments" aria-label="Trials">
        {trialNumbers.map((number) => (
          <label key={number}>
            <input
              type="radio"
              name="trials"
              checked={trials.value === number}
              onChange={() => {
                trials.value = number;
              }}
            />
            {number} trials
          </label>
        ))}
      </fieldset>
      <button type="button" onClick={startAbx}>
        Start the test
      </button>
    </section>
  );
}
