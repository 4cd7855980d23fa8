/**
 * How many jobs are worked on: as many as may have tasks in flight, and beside those some whose tasks have ended,
 * while their songs come home and are measured. They hold no place on the account any more, which is to be
 * taken by the next; but where the line or the disk is slow, paid songs must not pile up either.
 */

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
  const inFlight = createPlaces(tasks);
  const landing = createPlaces(landingAtOnce);
  return {
    fly: async (work) => {
      await inFlight.take();
      let held = inFlight;
      const land = async () => {
        if (held === landing) return;
        await landing.take();
        held = landing;
        inFlight.leave();
      };
      try {
        await work(land);
      } finally {
        held.leave();
      }
    },
    land: async (work) => {
      await landing.take();
      try {
        await work();
      } finally {
        landing.leave();
      }
    },
  };
}

interface Places {
  /** Resolves when one is free for whoever asks, in the order in which they ask. */
  readonly take: () => Promise<void>;
  readonly leave: () => void;
}

/** Not `p-limit`, which keeps closures and promises for each that it runs: there may be fifty thousand. */
function createPlaces(count: number): Places {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    take: () => {
      if (taken === count) return new Promise((resolve) => waiting.push(resolve));
      taken++;
      return Promise.resolve();
    },
    leave: () => {
      const next = waiting.shift();
      if (next) next();
      else taken--;
    },
  };
}
