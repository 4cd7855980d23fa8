/** The state of a batch, for whoever shows it for hours while runs come and go. */
import type { StoreReader } from '../job/store.ts';
import { openStoreReader } from '../state/sqlite-store.ts';
import { stateMark } from '../state/state-mark.ts';

export interface ShownState {
  /** Another text whenever the state is another. */
  readonly mark: () => string | Promise<string>;
  /** Milliseconds between two marks that are asked for. */
  readonly glance: number;
  /** `store` is undefined where nothing has been run yet, and is to be read until `read` resolves. */
  readonly read: <Result>(
    read: (store: StoreReader | undefined) => Promise<Result>,
  ) => Promise<Result>;
}

/** In a file of this machine. It is open no longer than it is read: a run that ends wants it for itself. */
export function stateInFile(path: string): ShownState {
  return {
    mark: () => stateMark(path, Date.now()),
    // Two calls of stat.
    glance: 250,
    read: async (read) => {
      const store = openStoreReader(path);
      try {
        return await read(store);
      } finally {
        store?.close();
      }
    },
  };
}
