/**
 * A signal for one wait, aborted with the first of several that live longer. `AbortSignal.any` leaves what
 * it hangs onto them to the garbage collector; here the end of the wait takes it away.
 */
export interface CombinedSignal {
  readonly signal: AbortSignal;
  /** Aborts the signal, if nothing has yet, and lets go of the others. */
  readonly end: (reason: string) => void;
}

export function combineSignals(...signals: readonly AbortSignal[]): CombinedSignal {
  const combined = new AbortController();
  const releases = signals.map((signal) => {
    const follow = () => {
      combined.abort(signal.reason);
    };
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
    return () => {
      signal.removeEventListener('abort', follow);
    };
  });
  return {
    signal: combined.signal,
    end: (reason) => {
      for (const release of releases) release();
      combined.abort(reason);
    },
  };
}
