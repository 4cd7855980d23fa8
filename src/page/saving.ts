/**
 * Keeps one's own ratings where the server keeps them: in a file of the output folder. That file is the truth;
 * this browser keeps only what is not saved yet, with what it was made from, so that a page that was closed too
 * early, or whose server had gone, saves it the next time.
 *
 * Others may save to the same file (a second tab, an editor): a page that has not seen that is told so (412),
 * takes it in, puts its own changes on top (`rebaseRatings`) and saves again.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import { parseRatings, type Ratings } from '../ratings/ratings.ts';
import { rebaseRatings } from '../ratings/rebase.ts';
import { writtenRatings } from '../ratings/written.ts';
import type { LiveAccess } from './live-access.ts';
import { noRatings, type Keeping, type RatingsBook } from './ratings-book.ts';

export type Saving =
  | { readonly kind: 'saved' }
  | { readonly kind: 'saving' }
  /** `why` is for people. */
  | { readonly kind: 'unsaved'; readonly why: string };

export interface ServerKeeping extends Keeping {
  readonly saving: ReadonlySignal<Saving>;
  /** The file may be another by now. @param etag of what it is, where that is known */
  readonly look: (etag?: string) => void;
}

/** Milliseconds in which somebody who rates quickly says more. */
const gathering = 300;
/** Milliseconds until it is tried again. */
const patience = 3_000;
/** Characters, nearly all ASCII, that a browser still sends when the page is closed (Fetch: 64 KiB). */
const mostAtTheEnd = 60_000;

const url = '../ratings';

export function keepOnServer(batch: string, access: LiveAccess): ServerKeeping {
  const nothing = { ...noRatings(batch), ...(access.listener && { listener: access.listener }) };
  const buffer = openBuffer(access.place);
  const left = buffer.read();
  const saving = signal<Saving>({ kind: 'saving' });
  let book: RatingsBook | undefined;
  /** What the server has, as far as is known; undefined before it was asked, and when it has changed. */
  let seen: { readonly etag: string | undefined } | undefined;
  let base = left?.base ?? nothing;
  let isBusy = false;
  let isWanted = false;
  let timer = 0;

  const begin = (after: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void bring(), after);
  };

  /** Until the book and the file say the same. One at a time. */
  const bring = async (): Promise<void> => {
    isWanted = true;
    if (isBusy || !book) return;
    isBusy = true;
    try {
      while (isWanted) {
        isWanted = false;
        saving.value = await round(book);
      }
    } catch {
      saving.value = {
        kind: 'unsaved',
        why: 'the server does not answer; they stay in this browser',
      };
    }
    isBusy = false;
    if (saving.value.kind === 'unsaved') begin(patience);
  };

  const round = async ({ own, replace }: RatingsBook): Promise<Saving> => {
    if (!seen) {
      const found = await take();
      if ('why' in found) return { kind: 'unsaved', why: found.why };
      const rebased = rebaseRatings(base, own.peek(), found.ratings);
      base = found.ratings;
      seen = { etag: found.etag };
      if (!isSame(rebased, own.peek())) replace(rebased);
    }
    const sent = own.peek();
    if (isSame(sent, base)) {
      buffer.clear();
      return { kind: 'saved' };
    }
    const answer = await put(sent, seen.etag);
    if (answer.status === 412) {
      seen = undefined;
      isWanted = true;
      return { kind: 'saving' };
    }
    if (!answer.ok) return { kind: 'unsaved', why: await problemIn(answer) };
    base = sent;
    seen = { etag: answer.headers.get('etag') ?? undefined };
    // Something may have been said meanwhile; otherwise the next round finds that all is saved.
    isWanted = true;
    return { kind: 'saving' };
  };

  const take = async (): Promise<
    { readonly ratings: Ratings; readonly etag: string | undefined } | { readonly why: string }
  > => {
    const answer = await fetch(url);
    if (answer.status === 204) return { ratings: nothing, etag: undefined };
    if (!answer.ok) return { why: await problemIn(answer) };
    const ratings = parseRatings(await answer.json());
    if ('problem' in ratings) return { why: 'this page does not understand them: reload it' };
    return { ratings, etag: answer.headers.get('etag') ?? undefined };
  };

  const put = (ratings: Ratings, etag: string | undefined) => {
    const body = writtenRatings(ratings);
    const headers = {
      'content-type': 'application/json',
      'x-songbatch-token': access.token,
      ...(etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag }),
    };
    return fetch(url, { method: 'PUT', headers, body, keepalive: body.length < mostAtTheEnd });
  };

  addEventListener('pagehide', () => {
    if (!book || !seen || isBusy || isSame(book.own.peek(), base)) return;
    // Whatever comes of it: until it is known to be saved, it is in the buffer.
    void put(book.own.peek(), seen.etag).catch(() => undefined);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && saving.peek().kind === 'saving') begin(0);
  });

  return {
    kept: left?.own ?? nothing,
    keep: (own) => {
      if (!isSame(own, base)) {
        buffer.write({ base, own });
        saving.value = { kind: 'saving' };
      }
      begin(gathering);
      return undefined;
    },
    saving,
    attach: (attached) => {
      book = attached;
      begin(0);
    },
    look: (etag) => {
      if (etag !== undefined && etag === seen?.etag) return;
      seen = undefined;
      begin(0);
    },
  };
}

interface Unsaved {
  readonly base: Ratings;
  readonly own: Ratings;
}

/** In this browser; one that keeps nothing (a private window) goes without. */
function openBuffer(place: string) {
  const key = `songbatch unsaved ${place}`;
  /** What another tab has put there is not ours to clear. */
  let isOurs = false;
  const quietly = <Value>(work: () => Value): Value | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  return {
    read: (): Unsaved | undefined =>
      quietly(() => {
        const { base, own } = JSON.parse(localStorage.getItem(key) ?? '') as Unsaved;
        const read = { base: parseRatings(base), own: parseRatings(own) };
        if ('problem' in read.base || 'problem' in read.own) return undefined;
        isOurs = true;
        return { base: read.base, own: read.own };
      }),
    write: (unsaved: Unsaved): void => {
      quietly(() => {
        localStorage.setItem(key, JSON.stringify(unsaved));
        isOurs = true;
      });
    },
    clear: (): void => {
      if (!isOurs) return;
      isOurs = false;
      quietly(() => {
        localStorage.removeItem(key);
      });
    },
  };
}

async function problemIn(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  const isTold = typeof body === 'object' && body !== null && 'problem' in body;
  return isTold ? String(body.problem) : `the server answers ${answer.status}`;
}

function isSame(one: Ratings, other: Ratings): boolean {
  return one === other || writtenRatings(one) === writtenRatings(other);
}
