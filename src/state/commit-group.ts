/**
 * Group commit. A commit waits for the disk and blocks the event loop while it does, so all changes
 * that are asked for within one turn of the loop share one.
 */

/** What a change came to inside its transaction. `refused`: nothing was written for this one. */
export type Outcome<T> = { readonly kept: T } | { readonly refused: Error };

export interface CommitGroup {
  /** Resolves when the commit that holds the change is durable; rejects when there was none. */
  readonly add: <T>(change: () => Outcome<T>) => Promise<T>;
  /** Commits what is waiting, now. */
  readonly flush: () => void;
}

interface Waiting {
  /** Makes the change; answers what is left to do when it is durable. */
  readonly make: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** @param transact runs the changes in one transaction; throws when none of them was kept */
export function commitGroup(transact: (changes: () => void) => void): CommitGroup {
  let waiting: Waiting[] = [];
  let scheduled: NodeJS.Immediate | undefined;

  const flush = (): void => {
    clearImmediate(scheduled);
    scheduled = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) commit(batch, transact);
  };

  return {
    add: (change) =>
      new Promise((resolve, reject) => {
        const make = (): (() => void) => {
          const outcome = change();
          return 'kept' in outcome
            ? () => {
                resolve(outcome.kept);
              }
            : () => {
                reject(outcome.refused);
              };
        };
        waiting.push({ make, reject });
        scheduled ??= setImmediate(flush);
      }),
    flush,
  };
}

function commit(batch: readonly Waiting[], transact: (changes: () => void) => void): void {
  let settle: (() => void)[] = [];
  try {
    transact(() => {
      settle = batch.map((waiting) => waiting.make());
    });
  } catch (error) {
    for (const { reject } of batch) reject(error);
    return;
  }
  for (const done of settle) done();
}
