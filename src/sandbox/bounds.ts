/**
 * How much the server takes on, so that no client can fill the memory or the disk of the machine.
 * What goes beyond is refused in words; connections beyond theirs are closed.
 */
export interface Bounds {
  /** Tasks in the books, ended ones too: each is kept in memory. */
  readonly tasks: number;
  /** Uploads that were ever made, expired ones too. */
  readonly uploads: number;
  /** Bytes of uploads on disk at once. */
  readonly uploadBytes: number;
  /** Open connections. */
  readonly connections: number;
}

export const usualBounds: Bounds = {
  tasks: 1_000_000,
  uploads: 100_000,
  uploadBytes: 2_000_000_000,
  connections: 2000,
};
