/**
 * A run as a program sees it: awaited, it is how the run ended; iterated over, it is what happens. Both
 * may be had at once.
 */
import { EventEmitter, on } from 'node:events';
import type { RunEvent } from '../run/events.ts';

/** What the run is given to be seen and stopped by. */
export interface Hold {
  readonly emit: (event: RunEvent) => void;
  /** Aborted when nothing more is to be submitted. */
  readonly signal: AbortSignal;
}

/**
 * Begins at once. Whoever wants every event begins to iterate in the same tick; each loop sees the events
 * from its beginning on. Leaving a loop (`break`, `return`, an error of its own) is an interruption, as if
 * the signal were aborted: the loop is left when the state is saved.
 */
export class BatchRun<Outcome> implements PromiseLike<Outcome>, AsyncIterable<RunEvent> {
  readonly #events = new EventEmitter<{ event: [RunEvent]; end: [] }>();
  readonly #leaving = new AbortController();
  readonly #outcome: Promise<Outcome>;
  #isOver = false;

  constructor(begin: (hold: Hold) => Promise<Outcome>, signal: AbortSignal | undefined) {
    const { signal: left } = this.#leaving;
    this.#outcome = begin({
      emit: (event) => this.#events.emit('event', event),
      signal: signal ? AbortSignal.any([signal, left]) : left,
    }).finally(() => {
      this.#isOver = true;
      this.#events.emit('end');
    });
  }

  then<Value = Outcome, Failure = never>(
    onOutcome?: ((outcome: Outcome) => Value | PromiseLike<Value>) | null,
    onFailure?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.#outcome.then(onOutcome, onFailure);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    // Why it failed is told to whoever iterates, below.
    this.#outcome.catch(() => undefined);
    const events = on(this.#events, 'event', { close: ['end'] }) as AsyncIterable<[RunEvent]>;
    try {
      if (this.#isOver) return;
      for await (const [event] of events) yield event;
    } finally {
      this.#leaving.abort();
      await this.#outcome;
    }
  }
}
