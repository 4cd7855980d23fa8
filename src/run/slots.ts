/**
 * How many jobs are worked on: as many as may have tasks in flight, and beside those some whose tasks have ended,
 * while their songs come home and are measured. They hold no place on the account any more, which is to be
 * taken by the next; but where the line or the disk is slow, paid songs must not pile up either.
 */
import pLimit from 'p-limit';

/** Gives the slot up as soon as there is room among those that land, and resolves then. */
export type Land = () => Promise<void>;

/** Both call `work` when there is room for it, and end as that ends. */
export interface Slots {
  readonly fly: (work: (land: Land) => Promise<void>) => Promise<void>;
  /** For a song that was paid for in an earlier run. */
  readonly land: (work: () => Promise<void>) => Promise<void>;
}

const landingAtOnce = 64;

export function createSlots(tasks: number): Slots {
  const inFlight = pLimit(tasks);
  const landing = pLimit(landingAtOnce);
  const fly: Slots['fly'] = (work) =>
    new Promise((resolve, reject) => {
      const over = Promise.withResolvers<undefined>();
      const begin = (leave: (value: undefined) => void) => {
        let landed: Promise<void> | undefined;
        const land = () =>
          (landed ??= new Promise((go) => {
            void landing(() => {
              leave(undefined);
              go();
              return over.promise;
            });
          }));
        void work(land)
          .then(resolve, reject)
          .finally(() => {
            leave(undefined);
            over.resolve(undefined);
          });
      };
      void inFlight(() => new Promise(begin));
    });
  return { fly, land: landing };
}
