/** Closes a server now: connections that are idle, half a request or a long answer are cut. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
