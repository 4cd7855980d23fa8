/** Answers, and the headers that all of them carry. */
import type { ServerResponse } from 'node:http';

/** Songs and words from a batch are data: were one opened as a page, it could do nothing. */
const inert = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** What is served changes while a run goes on: browsers keep it and ask whether it still holds. */
const usual: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache',
  'content-security-policy': inert,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function setUsualHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(usual)) response.setHeader(name, value);
}

export interface Answer {
  readonly status: number;
  /** Media type of the body. */
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body is left out where the request was a HEAD: Node sees to that. */
export function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

export function words(
  status: number,
  text: string,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return { status, type: 'text/plain', body: `${text}\n`, ...(headers && { headers }) };
}

/** Whether the client has this version already (RFC 9110, 13.1.2); `etag` is strong. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag);
}

export function sendUnchanged(response: ServerResponse, etag: string): void {
  response.writeHead(304, { etag }).end();
}
