/**
 * SIGUSR1 asks a run how it goes, as with dd; it changes nothing. (Windows has no such signal.) The
 * executable listens from its first line to its last, so that it is harmless outside of a run as well.
 */
export function onStatusRequest(show: () => void): () => void {
  process.on('SIGUSR1', show);
  return () => {
    process.off('SIGUSR1', show);
  };
}
