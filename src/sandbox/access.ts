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

/** Wiro's words. The first is for keys that are missing, too. */
const noProject = 'Project authorization is not founded.';
const noSignature =
  'Project requires signature authentication. x-signature and x-nonce headers are required.';
const wrongSignature = 'Project authorization is not valid.';

export function identify(headers: IncomingHttpHeaders, expected: Credentials): Caller {
  const key = one(headers['x-api-key']);
  if (key === '') return unknown(noProject);
  if (expected.key !== undefined && !same(key, expected.key)) {
    return unknown(noProject);
  }
  if (expected.secret !== undefined) {
    const [nonce, signature] = [one(headers['x-nonce']), one(headers['x-signature'])];
    if (nonce === '' || signature === '') return unknown(noSignature);
    if (!isSigned(key, expected.secret, nonce, signature)) return unknown(wrongSignature);
  }
  // Books keep accounts apart by a hash: a journal must not give keys away.
  return { kind: 'account', account: hash('sha256', key).slice(0, 32) };
}

/** Hex HMAC-SHA256 of secret and nonce, keyed with the API key. */
function isSigned(key: string, secret: string, nonce: string, signature: string): boolean {
  const wanted = createHmac('sha256', key)
    .update(secret + nonce)
    .digest('hex');
  return same(bareDigest(signature).toLowerCase(), wanted);
}

/**
 * The sample on the model's page sends what `openssl dgst` prints, as it is: `SHA2-256(stdin)= 5f1c...`.
 * Which name stands before `(stdin)`, if any, depends on the version.
 */
function bareDigest(signature: string): string {
  return signature.replace(/^[A-Za-z0-9-]*\(stdin\)= /, '');
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
