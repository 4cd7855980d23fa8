/**
 * The disk will not have it: full, read-only, gone. Whoever writes throws this; a run stops cleanly
 * on it. The message says what could not be written, why, and what to do.
 */
export class DiskFault extends Error {
  override readonly name = 'DiskFault';
}
