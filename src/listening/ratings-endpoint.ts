/**
 * `/ratings`: GET gives the saved ratings with their ETag, PUT replaces them. A page must say what it has
 * seen (`If-Match: "…"`, or `If-None-Match: *` where there was nothing): 412 tells it that somebody else saved
 * meanwhile, so that it takes their ratings in and comes again. 409 is for people: what lies there is not
 * touched. Words for the page are `{ "problem": … }`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { receive } from '../http/receive.ts';
import { type Answer, isKnown, send, sendUnchanged } from './answer.ts';

/** Bytes; a comparison has about 250. */
export const largestRatings = 10_000_000;

/** Where ratings are kept. */
export interface RatingsShelf {
  /** As people call the file. */
  readonly name: string;
  readonly read: () => Promise<
    | { readonly kind: 'nothing' }
    | { readonly kind: 'ratings'; readonly text: string; readonly version: string }
    | { readonly kind: 'unusable'; readonly why: string }
  >;
  /** @param seen undefined: there was nothing */
  readonly replace: (
    text: string,
    seen: string | undefined,
  ) => Promise<
    | { readonly kind: 'replaced'; readonly version: string }
    | { readonly kind: 'changed' }
    | { readonly kind: 'unusable'; readonly why: string }
  >;
  /** The text as it is kept, or what is wrong with it. */
  readonly accept: (text: string) => { readonly text: string } | { readonly problem: string };
}

export async function giveRatings(
  { headers }: IncomingMessage,
  response: ServerResponse,
  shelf: RatingsShelf,
): Promise<void> {
  const found = await shelf.read();
  switch (found.kind) {
    case 'nothing':
      response.writeHead(204).end();
      return;
    case 'unusable':
      send(response, unusable(shelf, found.why));
      return;
    case 'ratings': {
      const etag = `"${found.version}"`;
      if (isKnown(headers['if-none-match'], etag)) sendUnchanged(response, etag);
      else send(response, { status: 200, type, body: found.text, headers: { etag } });
    }
  }
}

/** @param onSaved told the new ETag */
export async function takeRatings(
  request: IncomingMessage,
  shelf: RatingsShelf,
  onSaved: (etag: string) => void,
): Promise<Answer> {
  const seen = seenVersion(request.headers);
  if (!seen) return problem(428, 'say which ratings these replace (If-Match or If-None-Match: *)');
  const bytes = await receive(request, largestRatings);
  if (!bytes) return problem(413, `ratings have ${largestRatings} bytes at most`);
  const accepted = shelf.accept(bytes.toString('utf8'));
  if ('problem' in accepted) return problem(422, accepted.problem);
  const replaced = await shelf.replace(accepted.text, seen.version);
  switch (replaced.kind) {
    case 'replaced': {
      const etag = `"${replaced.version}"`;
      onSaved(etag);
      return { status: 200, type, body: '{}\n', headers: { etag } };
    }
    case 'changed':
      return problem(412, `${shelf.name} was saved by somebody else meanwhile`);
    case 'unusable':
      return unusable(shelf, replaced.why);
  }
}

const type = 'application/json';

function seenVersion(
  headers: IncomingMessage['headers'],
): { readonly version: string | undefined } | undefined {
  const version = /^"([0-9a-f]{1,64})"$/.exec(headers['if-match'] ?? '')?.[1];
  if (version !== undefined) return { version };
  return headers['if-none-match'] === '*' ? { version: undefined } : undefined;
}

function unusable({ name }: RatingsShelf, why: string): Answer {
  return problem(409, `${name}: ${why}`);
}

export function problem(status: number, text: string): Answer {
  // What is left of a body that is not read is not waited for.
  const headers = { connection: 'close' };
  return { status, type, body: `${JSON.stringify({ problem: text })}\n`, headers };
}
