/**
 * Group commit over a network: what is asked for while a commit is under way shares the next one. One at a
 * time, so that what one sender asks for is done in the order in which it was asked for.
 */
export interface CommitQueue<Item, Result> {
  readonly add: (item: Item) => Promise<Result>;
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
}

/** Items that share a commit, at most. */
const mostTogether = 500;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** @param commit answers with a result for each, in their order; rejects when none was kept */
export function createCommitQueue<Item, Result>(
  commit: (items: readonly Item[]) => Promise<readonly Result[]>,
): CommitQueue<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    // What is asked for in this turn of the loop goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const group = waiting.splice(0, mostTogether);
      try {
        const results = await commit(group.map(({ item }) => item));
        for (const [index, { resolve, reject }] of group.entries()) {
          const result = results[index];
          if (result === undefined)
            reject(new Error('a commit answered for fewer than it was given'));
          else resolve(result);
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    working = undefined;
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        working ??= work();
      }),
    idle: async () => {
      while (working) await working;
    },
  };
}
