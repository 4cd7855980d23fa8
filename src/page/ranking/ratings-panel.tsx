/** One's own ratings and those of others: whose they are, where they are kept, taking them out and in. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { longestListener, type Ratings } from '../../ratings/ratings.ts';
import { writtenRatings } from '../../ratings/written.ts';
import type { Page } from '../page.ts';
import { anonymous, ratingsIn, type RatingsBook, type Snapshot } from '../ratings-book.ts';
import { count, listed } from '../words.ts';
import { openFile, saveFile, type FileOutcome } from './rating-files.ts';
import { useDroppedFiles } from './use-dropped-files.ts';

/** What was done last, and what it takes to undo it. */
interface Done {
  readonly outcomes: readonly FileOutcome[];
  readonly before: Snapshot;
  readonly after: Snapshot;
}

export function RatingsPanel({ page }: { readonly page: Page }) {
  const { ratings } = page;
  const own = ratings.own.value;
  const done = useSignal<Done | undefined>(undefined);
  const openAll = async (files: readonly File[]): Promise<void> => {
    const before = ratings.snapshot();
    const outcomes: FileOutcome[] = [];
    for (const file of files) outcomes.push(await openFile(file, ratings));
    done.value = { outcomes, before, after: ratings.snapshot() };
  };
  const clear = () => {
    const before = ratings.snapshot();
    ratings.clear();
    const says = `${count(ratingsIn(before.own), 'rating')} forgotten.`;
    done.value = { outcomes: [{ says, isBad: false }], before, after: ratings.snapshot() };
  };
  const isOver = useDroppedFiles((files) => void openAll(files));
  return (
    <section class="card ratings-panel" aria-label="Ratings" data-over={isOver.value}>
      <h2>Ratings</h2>
      <Listener ratings={ratings} />
      <p>
        {ratingsIn(own) === 0 ? 'You have rated nothing yet.' : `You: ${showRatings(own)}.`}{' '}
        <span class="hint">
          {page.live
            ? 'They are saved beside the songs.'
            : 'They are kept in this browser only; export them to keep them elsewhere, or for songbatch rank.'}
        </span>
      </p>
      {ratings.trouble.value !== undefined && (
        <p class="notice bad" role="alert">
          Your ratings are not kept: {ratings.trouble.value}
        </p>
      )}
      <div class="toolbar">
        <button
          type="button"
          disabled={ratingsIn(own) === 0}
          onClick={() => {
            saveFile('ratings.json', writtenRatings(own));
          }}
        >
          Export ratings.json
        </button>
        <ImportButton open={(files) => void openAll(files)} />
        {ratingsIn(own) > 0 && <ClearButton number={ratingsIn(own)} clear={clear} />}
      </div>
      {done.value && <WhatWasDone done={done.value} ratings={ratings} />}
      <Others ratings={ratings} />
    </section>
  );
}

function Listener({ ratings }: { readonly ratings: RatingsBook }) {
  const { listener } = ratings.own.value;
  return (
    <p>
      <label class="field">
        Listener
        <input
          type="text"
          maxLength={longestListener}
          value={listener === anonymous ? '' : listener}
          placeholder="your name"
          autocomplete="name"
          onChange={(event) => {
            ratings.nameListener(event.currentTarget.value);
          }}
        />
      </label>{' '}
      {listener === anonymous && (
        <span class="hint">By this name files of several listeners are told from each other.</span>
      )}
    </p>
  );
}

function ImportButton({ open }: { readonly open: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        Import …
      </button>
      <input
        ref={input}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-label="Files of ratings"
        accept=".json,application/json"
        multiple
        onChange={(event) => {
          open([...(event.currentTarget.files ?? [])]);
          // The same file can be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <span class="hint">
        or drop files here: yours are merged, those of others stand beside them
      </span>
    </>
  );
}

interface ClearButtonProps {
  readonly number: number;
  readonly clear: () => void;
}

function ClearButton({ number, clear }: ClearButtonProps) {
  const isAsking = useSignal(false);
  const set = (asking: boolean) => () => {
    isAsking.value = asking;
  };
  if (!isAsking.value) {
    return (
      <button type="button" class="quiet" onClick={set(true)}>
        Clear …
      </button>
    );
  }
  return (
    <span class="toolbar" role="group" aria-label="Clear">
      Forget {count(number, 'rating')} of yours?
      <button
        type="button"
        onClick={() => {
          isAsking.value = false;
          clear();
        }}
      >
        Forget
      </button>
      <button type="button" ref={(button) => button?.focus()} onClick={set(false)}>
        Keep
      </button>
    </span>
  );
}

interface WhatWasDoneProps {
  readonly done: Done;
  readonly ratings: RatingsBook;
}

function WhatWasDone({ done, ratings }: WhatWasDoneProps) {
  const { outcomes, before, after } = done;
  // What has been rated since must not be lost.
  const canUndo =
    after.own !== before.own || after.others !== before.others
      ? ratings.own.value === after.own && ratings.others.value === after.others
      : false;
  return (
    <div role="status" class="outcomes">
      {outcomes.map(({ says, isBad }) => (
        <p key={says} class={isBad ? 'notice bad' : 'notice'}>
          <bdi>{says}</bdi>
        </p>
      ))}
      {canUndo && (
        <button
          type="button"
          onClick={() => {
            ratings.restore(before);
          }}
        >
          Undo
        </button>
      )}
    </div>
  );
}

function Others({ ratings }: { readonly ratings: RatingsBook }) {
  const others = ratings.others.value;
  if (others.length === 0) return null;
  return (
    <>
      <h3>Others, until this page is closed</h3>
      <ul class="others">
        {others.map((one) => (
          <li key={one.listener} class="toolbar">
            <span>
              <bdi>{one.listener}</bdi>: {showRatings(one)}
            </span>
            <button
              type="button"
              onClick={() => {
                ratings.nameListener(one.listener);
              }}
            >
              That is me
            </button>
            <button
              type="button"
              onClick={() => {
                ratings.putAside(one.listener);
              }}
            >
              Put aside
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function showRatings({ comparisons, abx, stars }: Ratings): string {
  return listed(
    [
      [comparisons.length, 'comparison'] as const,
      [abx.length, 'ABX test'] as const,
      [stars.length, 'star rating'] as const,
    ].flatMap(([number, thing]) => (number === 0 ? [] : [count(number, thing)])),
  );
}
