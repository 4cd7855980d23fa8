/** Who wants to know of which task, by the token that word of it carries. */

export interface Followers {
  /** Call what this returns when the task is of no interest any more. */
  readonly add: (token: string, onEnd: () => void) => () => void;
  /** False where nobody follows that task. */
  readonly tell: (token: string) => boolean;
  readonly tellAll: () => void;
  readonly has: (token: string) => boolean;
  readonly tokens: () => Iterable<string>;
  /** Tokens that are followed. */
  readonly count: () => number;
}

export function createFollowers(): Followers {
  // Mostly one for each token; two where a server gave one task to two Runs.
  const byToken = new Map<string, Set<() => void>>();

  // Whoever is told may leave, or follow something else.
  const tell = (token: string) => {
    const listeners = byToken.get(token);
    for (const onEnd of [...(listeners ?? [])]) onEnd();
    return listeners !== undefined;
  };

  return {
    add: (token, onEnd) => {
      const listeners = byToken.get(token) ?? new Set();
      byToken.set(token, listeners.add(onEnd));
      return () => {
        listeners.delete(onEnd);
        if (listeners.size === 0 && byToken.get(token) === listeners) byToken.delete(token);
      };
    },
    tell,
    tellAll: () => {
      for (const token of [...byToken.keys()]) tell(token);
    },
    has: (token) => byToken.has(token),
    tokens: () => byToken.keys(),
    count: () => byToken.size,
  };
}
