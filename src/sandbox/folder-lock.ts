/**
 * One server a folder: `lock` in it holds the process id of the server. A lock whose process is gone
 * was left by a crash and is taken over.
 */
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolders } from './folders.ts';
import { SandboxError } from './sandbox-error.ts';

/** Process ids recur, in containers at once: a lock with our own id is ours only if it is in here. */
const held = new Set<string>();

/** Makes the folder if need be, and answers how to let go of it. */
export function lockFolder(folder: string): () => void {
  makeFolders(folder);
  const path = join(realpathSync(folder), 'lock');
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const holder = Number(readLock(path));
    if (isAlive(holder, path)) {
      throw new SandboxError(
        `another sandbox (process ${holder}) keeps its books in ${folder}; stop it, choose another folder or, if that process is something else, delete ${path}`,
      );
    }
    rmSync(path, { force: true });
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

function readLock(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Its holder let go of it meanwhile.
    if (isCode(error, 'ENOENT')) return '';
    const why = error instanceof Error ? error.message : String(error);
    throw new SandboxError(
      `${path} is not the lock of a sandbox (${why}); move it away or choose another folder`,
    );
  }
}

function isAlive(pid: number, path: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
