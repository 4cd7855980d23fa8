/**
 * Whether a file that was uploaded earlier is still where it was put. The model fetches it from there
 * and fails where it is gone, so somebody has to look first.
 *
 * Asked as the model asks, with GET, and for one byte: a signed URL refuses HEAD though it serves the
 * file. Hosts that serve files are not the API: they get no credentials.
 */
import { Agent, interceptors, request } from 'undici';

export interface FilePresence {
  /**
   * True only where the host says so: HTTP 403, 404 or 410. One that does not answer in time, or in some
   * other way, may serve the model all the same.
   * @returns rejects with the signal's reason when that is aborted
   */
  readonly isGone: (url: string, signal: AbortSignal) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Milliseconds. */
const patience = 10_000;
const mostRedirects = 5;

export function createFilePresence(): FilePresence {
  const agent = new Agent();
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: mostRedirects }));
  return {
    isGone: async (url, signal) => {
      try {
        const { statusCode, body } = await request(url, {
          dispatcher,
          headers: { range: 'bytes=0-0' },
          signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
        });
        // A host that knows no ranges sends the whole file.
        body.on('error', () => undefined).destroy();
        return [403, 404, 410].includes(statusCode);
      } catch {
        signal.throwIfAborted();
        return false;
      }
    },
    close: () => agent.destroy(),
  };
}
