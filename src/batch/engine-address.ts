/**
 * Where an engine is: the PostgreSQL that holds the truth about batches of many machines, and the queue
 * that carries their orders, which is the same PostgreSQL unless somebody already runs Redis.
 *
 * An address may hold a password. So none is shown as it was written, not even one that is wrong.
 */
import { UsageError } from './usage-error.ts';

export interface EngineAddress {
  /** URL of a PostgreSQL database. */
  readonly state: string;
  readonly queue: QueueAddress;
}

export interface QueueAddress {
  readonly kind: 'postgres' | 'redis';
  readonly url: string;
}

/** As somebody wrote them, and where: `--engine`, `SONGBATCH_ENGINE`. */
export interface WrittenAddress {
  readonly text: string;
  readonly by: string;
}

/** Throws `UsageError` for what is no address. */
export function engineAddressOf(
  engine: WrittenAddress,
  queue: WrittenAddress | undefined,
): EngineAddress {
  if (kindOf(engine) !== 'postgres') {
    throw new UsageError(
      `${engine.by} is no address of PostgreSQL, where the state of batches is kept`,
      'write it as postgres://host/database; Redis can be their queue: --queue redis://host',
    );
  }
  return {
    state: engine.text,
    queue: queue
      ? { kind: kindOf(queue), url: queue.text }
      : { kind: 'postgres', url: engine.text },
  };
}

/** Host and database, and nothing that opens a door. */
export function shownAddress(text: string): string {
  const url = URL.parse(text);
  if (!url) return 'an address that is none';
  // A folder of sockets stands in the query.
  const host = url.host === '' ? (url.searchParams.get('host') ?? '') : url.host;
  return `${url.protocol}//${host}${url.pathname}`;
}

/** For whoever takes secrets out of text. */
export function passwordOf(text: string): string {
  const written = URL.parse(text)?.password ?? '';
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

function kindOf({ text, by }: WrittenAddress): QueueAddress['kind'] {
  const url = URL.parse(text.trim());
  switch (url?.protocol) {
    case 'postgres:':
    case 'postgresql:':
      if (url.pathname.length < 2) {
        throw new UsageError(
          `${by} names no database`,
          'add it behind the host, as in postgres://db.example.com/songbatch',
        );
      }
      refuseOpenPassword(url, by);
      return 'postgres';
    case 'redis:':
    case 'rediss:':
      refuseOpenPassword(url, by);
      return 'redis';
    default:
      throw new UsageError(
        `${by} is no URL of PostgreSQL${by.toLowerCase().includes('queue') ? ' or Redis' : ''}`,
        'write it as postgres://host/database, with user and password before the host; in these @ / # are written as %40 %2F %23',
      );
  }
}

/** Where a password stands is where it is taken out of what people get to read. */
function refuseOpenPassword(url: URL, by: string): void {
  if ([...url.searchParams.keys()].some((key) => /passw/i.test(key))) {
    throw new UsageError(
      `${by} has a password behind the question mark`,
      'write it behind the user, before the host',
    );
  }
}
