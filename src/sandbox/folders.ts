/** Folders of the sandbox's own. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Not with Node's `recursive`, which never returns where making a
 * folder answers ENOENT though the one above is there, as /proc does.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolders(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else was faster. If that is no folder, whoever uses it will say so.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
