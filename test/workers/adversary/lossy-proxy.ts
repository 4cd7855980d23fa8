/** Between a client and PostgreSQL: loses what the server answers, in the ways in which networks do. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LossyProxy {
  readonly url: string;
  /** The next COMMIT is carried out, and the connection breaks before its answer; then nothing connects until `mend`. */
  readonly loseCommit: () => Promise<void>;
  /** Whatever is connected now hears nothing any more, nor that it does not. */
  readonly goSilent: () => void;
  readonly mend: () => void;
}

export async function startLossyProxy(url: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(url);
  const pairs = new Set<{ readonly client: Socket; readonly server: Socket; isSilent: boolean }>();
  let isDown = false;
  let onCommit: (() => void) | undefined;

  const proxy = createServer((client) => {
    if (isDown) {
      client.destroy();
      return;
    }
    const server = connect(Number(port), hostname);
    const pair = { client, server, isSilent: false };
    pairs.add(pair);
    let isLosing = false;
    client.on('data', (data) => {
      if (pair.isSilent) return;
      if (onCommit && data.includes('COMMIT\0')) isLosing = true;
      server.write(data);
    });
    server.on('data', (data) => {
      if (pair.isSilent) return;
      if (!isLosing) {
        client.write(data);
        return;
      }
      isDown = true;
      onCommit?.();
      onCommit = undefined;
      client.destroy();
      server.destroy();
    });
    const end = () => {
      if (pair.isSilent) return;
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    proxy.close();
  });

  const own = new URL(url);
  own.port = String((proxy.address() as AddressInfo).port);
  return {
    url: own.href,
    loseCommit: () =>
      new Promise((resolve) => {
        onCommit = resolve;
      }),
    goSilent: () => {
      for (const pair of pairs) pair.isSilent = true;
    },
    mend: () => {
      isDown = false;
    },
  };
}
