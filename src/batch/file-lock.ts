/**
 * Keeps others of this machine out while something is written that any of them may write: a lock of the
 * operating system, which ends with its process however that ends (`state/run-lock.ts`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { takeRunLock, type RunLock } from '../state/run-lock.ts';

/** Milliseconds between two looks at a lock. */
const pause = 20;
/** Milliseconds after which nobody can be writing any more. */
const longestWait = 60_000;

/**
 * Resolves when the lock is taken, with what gives it up. Throws what the file system throws.
 * @param path of the lock's own file, in a folder that is there
 */
export async function lockFile(path: string): Promise<() => void> {
  const end = performance.now() + longestWait;
  for (;;) {
    const lock = tryLock(path);
    if (lock) return lock.release;
    if (performance.now() > end) throw new LockTimeout(path);
    await delay(pause);
  }
}

/** A file system without locks (some that come over a network) is gone without: most have one user. */
function tryLock(path: string): RunLock | undefined {
  try {
    return takeRunLock(path);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return { release: () => undefined };
    throw error;
  }
}

/** Somebody holds it who does not write: stopped (Ctrl-Z), perhaps. */
class LockTimeout extends Error {
  override readonly name = 'LockTimeout';
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'lock';

  constructor(path: string) {
    super(`another songbatch has held ${path} for ${longestWait / 1000} s; end it`);
  }
}
