/**
 * Copies of one job (`repeat`) send equal parameters, so that the task of one could be taken for the
 * task of another. They are submitted in turn: the next only when the task of the last is known.
 */
export interface Turns {
  /** Resolves when it is this key's turn, with what ends it (more than once does no harm). */
  readonly take: (key: string) => Promise<() => void>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<undefined>>();
  return {
    take: async (key) => {
      const before = last.get(key);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      last.set(key, promise);
      await before;
      return () => {
        if (last.get(key) === promise) last.delete(key);
        resolve(undefined);
      };
    },
  };
}
