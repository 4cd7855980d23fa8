/** A Redis for tests: Debian's, on loopback, with a folder of its own. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, serverProcess } from './server-process.ts';

export interface RedisServer {
  readonly url: string;
  /** A crash, until `restart`. */
  readonly kill: () => Promise<void>;
  /** On the same port. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What a queue wants of its Redis. */
const durable = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' };

/**
 * @param settings over those a queue wants, as they stand in `redis.conf`
 */
export async function startRedis(
  settings: Readonly<Record<string, string>> = {},
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-redis-'));
  const port = await freePort();
  const inForce = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    save: '""',
    ...durable,
    ...settings,
  };
  const lines = Object.entries(inForce).map(([key, value]) => `${key} ${value}\n`);
  writeFileSync(join(folder, 'redis.conf'), lines.join(''));
  const server = serverProcess({
    program: 'redis-server',
    words: [join(folder, 'redis.conf')],
    folder,
    abort: 'SIGKILL',
    ask: () => ping(port),
  });
  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => server.end('SIGKILL'),
    restart: async () => {
      await server.end('SIGTERM');
      await server.start();
    },
    stop: server.remove,
  };
}

/** Rejects while it is not there or still reads its file (`-LOADING`). One with a password is there too. */
function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      socket.destroy();
      if (/^(\+PONG|-NOAUTH)/.test(answer.toString('latin1'))) resolve();
      else reject(new Error(answer.toString('latin1')));
    });
  });
}
