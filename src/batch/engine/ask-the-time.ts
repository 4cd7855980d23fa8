/**
 * Intents are dated by the clock of the machine that has them, and kept with its difference to the server's: by that
 * another machine, whose clock goes differently, tells whether a task may have come of an intent. Where it is not
 * known it could take the task for an older one, and buy the song again. So no Run is sent before the server was
 * asked for something that shows its time.
 */
import { ApiFault } from '../../job/api-fault.ts';
import type { SongApi } from '../../job/song-api.ts';

/** Resolves when the server's time is known, or when it was asked and does not tell. Rejects with `ApiFault`. */
export type AskTheTime = (model: string) => Promise<void>;

export function askTheTimeOf(api: Pick<SongApi, 'tasks' | 'clockSkew'>): AskTheTime {
  let asking: Promise<void> | undefined;

  async function ask(model: string): Promise<void> {
    try {
      await api.tasks(model, { start: 0, limit: 1 });
    } catch (error) {
      // A Run is turned away for the same reason, and that ends the round in the right words.
      if (error instanceof ApiFault && error.kind === 'denied') return;
      asking = undefined;
      throw error;
    }
  }

  return (model) => {
    if (api.clockSkew() !== undefined) return Promise.resolve();
    return (asking ??= ask(model));
  };
}
