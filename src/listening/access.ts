/**
 * Who may ask what of the server. It listens on 127.0.0.1 only, yet every page in every browser of this
 * machine can send it requests. So:
 *
 * - `Host` names this machine and our port: a name that an attacker's DNS leads to 127.0.0.1 is refused.
 * - Nothing allows other origins to read an answer, and no answer can be embedded elsewhere.
 * - Writing needs the token, which stands in our page only, and an `Origin`, where there is one, of ours.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  readonly status: 403 | 421;
  readonly why: string;
}

const names = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** What a browser calls this server. */
export function hostsAt(port: number): ReadonlySet<string> {
  // Browsers leave HTTP's own port out.
  return new Set(names.map((name) => (port === 80 ? name : `${name}:${port}`)));
}

export function refuseHost(
  { host }: IncomingHttpHeaders,
  hosts: ReadonlySet<string>,
): Refusal | undefined {
  if (host !== undefined && hosts.has(host.toLowerCase())) return undefined;
  const [own = ''] = hosts;
  return {
    status: 421,
    why: `this is http://${own}/ and answers to no other name; through a tunnel, use the same port on both sides`,
  };
}

export function refuseWriting(
  headers: IncomingHttpHeaders,
  hosts: ReadonlySet<string>,
  token: string,
): Refusal | undefined {
  const { origin } = headers;
  if (origin !== undefined && ![...hosts].some((host) => origin === `http://${host}`)) {
    return { status: 403, why: 'another page than ours cannot write ratings' };
  }
  if (!isEqual(String(headers['x-songbatch-token'] ?? ''), token)) {
    return {
      status: 403,
      why: 'the server was started anew since this page was loaded: reload it',
    };
  }
  return undefined;
}

function isEqual(said: string, token: string): boolean {
  const [one, other] = [Buffer.from(said), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
