/** What knows what was paid for, as it is told of: a state file of this machine, or the database of an engine. */
import { existsSync } from 'node:fs';
import type { Batch } from './batch.ts';
import { shownPath } from './batch.ts';

export interface Keeper {
  readonly kind: 'file' | 'engine';
  /** Its path, or its address without a password. */
  readonly shownAs: string;
  /** Whether it has the batch already. */
  readonly hasBatch: boolean;
}

export function stateFileOf({ statePath }: Batch, workingDirectory: string): Keeper {
  const shownAs = shownPath(statePath, workingDirectory);
  return { kind: 'file', shownAs, hasBatch: existsSync(statePath) };
}
