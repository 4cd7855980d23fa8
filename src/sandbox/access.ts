/**
 * Who is calling. A server with a key of its own takes only that key, signed if it has a secret; one
 * without takes any key, and each key is an account of its own.
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Credentials {
  readonly key?: string;
  readonly secret?: string;
}

export type Caller =
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'unknown'; readonly why: string };

export function identify(headers: IncomingHttpHeaders, expected: Credentials): Caller {
  const key = one(headers['x-api-key']);
  if (key === '') return unknown('The header x-api-key is missing.');
  if (expected.key !== undefined && !same(key, expected.key)) {
    return unknown('The x-api-key is not known here.');
  }
  if (expected.secret !== undefined && !isSigned(headers, key, expected.secret)) {
    return unknown(
      'The signature is missing or wrong: x-signature is the hex HMAC-SHA256 of secret + x-nonce, keyed with the API key.',
    );
  }
  // Books keep accounts apart by a hash: a journal must not give keys away.
  return { kind: 'account', account: hash('sha256', key).slice(0, 32) };
}

function isSigned(headers: IncomingHttpHeaders, key: string, secret: string): boolean {
  const nonce = one(headers['x-nonce']);
  if (nonce === '') return false;
  const wanted = createHmac('sha256', key)
    .update(secret + nonce)
    .digest('hex');
  return same(one(headers['x-signature']).toLowerCase(), wanted);
}

/** Compares hashes, so that neither content nor length shows in the time it takes. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}

function one(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header.trim() : '';
}

function unknown(why: string): Caller {
  return { kind: 'unknown', why };
}
