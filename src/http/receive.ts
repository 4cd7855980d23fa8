/** Takes the body of a request, as far as it is not too large. */
import type { IncomingMessage } from 'node:http';

/** How much of a body that is too large is still read, so that its sender hears the answer. */
const patience = 16 * 1024 * 1024;

/** The whole body; undefined when it is longer than `limit` bytes. Rejects when the client goes away. */
export function receive(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= limit) pieces.push(piece);
      else pieces.length = 0;
      if (length > limit + patience) resolve(undefined);
    });
    request.on('end', () => {
      resolve(length > limit ? undefined : Buffer.concat(pieces, length));
    });
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new Error('the client went away'));
    });
  });
}
