/**
 * Whether a Redis keeps what it has acknowledged. Debian's default keeps nothing: of 25,000 acknowledged
 * orders none was there after a crash. What is lost is never paid twice, PostgreSQL knows better; but nobody
 * would work on it any more.
 */
import { importPeer } from './bullmq.ts';
import { unusable, reasonOf } from './outage.ts';
import { serverOf, type QueueAddress } from './queue-address.ts';
import { QueueError } from './queue-error.ts';

/** In the words of `redis.conf`. */
const wanted = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' };

/** `CONFIG GET` takes several names since this one, and what BullMQ recommends is long in it. */
const oldest = 7;

/** As far as ioredis is used here. */
interface RedisClient {
  readonly connect: () => Promise<unknown>;
  readonly info: (section: 'server') => Promise<string>;
  readonly config: (...words: readonly string[]) => Promise<readonly unknown[]>;
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown;
  readonly disconnect: () => void;
}

type RedisConstructor = new (
  url: string,
  options: Readonly<Record<string, unknown>>,
) => RedisClient;

/** Rejects with `QueueError` unless it does, and where it does not answer or does not say. */
export async function guardRedis(address: QueueAddress): Promise<void> {
  const server = serverOf(address);
  const Redis = constructorIn(await importPeer('ioredis', 'redis'));
  const client = new Redis(address.url, {
    lazyConnect: true,
    connectTimeout: 10_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What `connect` rejects with says only that the connection is closed.
  let trouble: Error | undefined;
  client.on('error', (error) => (trouble ??= error));
  try {
    await client.connect().catch((error: unknown) => {
      throw unusable(server, trouble ?? error, 'start it, or name another with --queue');
    });
    checkVersion(server, await client.info('server').catch(refused(server)));
    const names = Object.keys(wanted);
    checkSettings(server, await client.config('GET', ...names).catch(refused(server)));
  } finally {
    client.disconnect();
  }
}

function checkVersion(server: string, info: string): void {
  const version = /^redis_version:(\d+)\S*/m.exec(info);
  if (version && Number(version[1]) >= oldest) return;
  const found = version?.[0].replace('redis_version:', '') ?? 'of a version it does not tell';
  throw new QueueError(`${server} is ${found}, and ${oldest}.0 or later is needed`, 'update it');
}

/** @param answer names and values in turn */
function checkSettings(server: string, answer: readonly unknown[]): void {
  const settings = new Map<unknown, unknown>();
  for (let index = 0; index < answer.length; index += 2) {
    settings.set(answer[index], answer[index + 1]);
  }
  const wrong = Object.entries(wanted).filter(([name, value]) => settings.get(name) !== value);
  if (wrong.length === 0) return;
  const said = wrong.map(([name, value]) => {
    const found = settings.get(name);
    return `${name} is ${typeof found === 'string' ? found : 'not told'} and must be ${value}`;
  });
  throw new QueueError(
    `${server} may lose what it has acknowledged: ${said.join(', ')}`,
    `in redis.conf: ${wrong.map(([name, value]) => `${name} ${value}`).join(', ')}; then restart it`,
  );
}

function refused(server: string): (error: unknown) => never {
  return (error) => {
    throw new QueueError(
      `${server} does not say whether it keeps what it has acknowledged: ${reasonOf(error)}`,
      'let this user ask (ACL SETUSER <user> +info +config|get), or leave --queue away: then the queue ' +
        'is in PostgreSQL',
      { cause: error },
    );
  };
}

function constructorIn(module: unknown): RedisConstructor {
  if (typeof module === 'object' && module !== null && 'Redis' in module) {
    if (isConstructor(module.Redis)) return module.Redis;
  }
  throw new QueueError('the ioredis that is installed is not version 5', 'npm install ioredis@5');
}

function isConstructor(value: unknown): value is RedisConstructor {
  return typeof value === 'function';
}
