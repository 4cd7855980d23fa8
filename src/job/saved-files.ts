/** Every song of a batch that was saved, wherever it is now. */
import type { SavedFile } from './history.ts';
import type { StoreReader } from './store.ts';

export function* savedFiles(store: StoreReader): Generator<SavedFile> {
  for (const { attempts } of store.records(['saved'])) {
    const current = attempts.at(-1);
    if (current?.stage === 'saved') yield* current.files;
  }
}
