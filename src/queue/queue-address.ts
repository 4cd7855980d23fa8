/** Where a queue lives. The URL may hold a password: it is shown nowhere, `serverOf` is. */
import { QueueError } from './queue-error.ts';

export interface QueueAddress {
  readonly kind: 'postgres' | 'redis';
  readonly url: string;
}

/** `PostgreSQL at host:port`, for messages. */
export function serverOf(address: QueueAddress): string {
  const { host, searchParams } = parsed(address);
  switch (address.kind) {
    case 'postgres':
      // A folder of sockets is given as a parameter.
      return `PostgreSQL at ${withPort(host, '5432') ?? searchParams.get('host') ?? 'localhost'}`;
    case 'redis':
      return `Redis at ${withPort(host, '6379') ?? 'localhost'}`;
  }
}

function withPort(host: string, usual: string): string | undefined {
  if (host === '') return undefined;
  return /:\d+$/.test(host) ? host : `${host}:${usual}`;
}

/** Throws `QueueError` for what is no URL. */
export function parsed({ kind, url }: QueueAddress): URL {
  const found = URL.parse(url);
  if (found) return found;
  const example = { postgres: 'postgres://user@host:5432/database', redis: 'redis://host:6379' };
  throw new QueueError(
    "the queue's address is not a URL",
    `expected ${example[kind]}; in names and passwords write : / ? # @ % as %3A %2F %3F %23 %40 %25`,
  );
}
