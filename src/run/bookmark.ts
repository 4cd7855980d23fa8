/**
 * How far a run has come in its plan, noted in the state now and then: the next one begins there. It moves
 * on when the jobs that were fed are in the state; so after a crash a few are looked up again, and none is
 * passed over.
 */
import type { JobId } from '../job/job.ts';
import type { Store } from '../job/store.ts';
import { writeMark, type Mark } from './stock-note.ts';

export interface Bookmark {
  /**
   * One more job of the plan was walked past.
   * @param fed its id, where it is not in the state yet
   */
  readonly pass: (fed?: JobId) => void;
  /** Resolves when it is durable. */
  readonly keep: () => Promise<void>;
}

export function createBookmark(store: Store, key: string, mark: Mark): Bookmark {
  let position = mark.before;
  let awaited: { readonly id: JobId; readonly position: number }[] = [];

  /** Up to the first that was fed and has not come to be submitted. */
  const known = (): number => {
    const first = awaited.findIndex(({ id }) => !store.has(id));
    awaited = first === -1 ? [] : awaited.slice(first);
    return awaited[0]?.position ?? position;
  };

  return {
    pass: (fed) => {
      if (fed !== undefined) awaited.push({ id: fed, position });
      position++;
    },
    keep: async () => {
      await writeMark(store, key, { ...mark, before: known() });
    },
  };
}
