/**
 * Opens the body of an output over HTTP: from the start, or from where a part ends. Sends nothing
 * that could identify anybody; follows redirects, to http and https only.
 */
import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import type { Origin } from './part-file.ts';

/**
 * `gone`: this URL has no song (any more). `unwanted`: we do not take it, however often it comes.
 * `false`: the answer is whole but is not the song. `broken`: it did not come through.
 */
export interface Trouble {
  readonly kind: 'gone' | 'unwanted' | 'false' | 'broken';
  readonly message: string;
}

export interface Opened {
  readonly kind: 'open';
  readonly body: Readable;
  /** Byte of the file at which the body starts: 0, or where it was asked to go on. */
  readonly start: number;
  /** Bytes of the whole file by the server's count. */
  readonly total?: number;
  readonly contentType?: string;
  /** Where the rest could be had if the body broke off. */
  readonly origin?: Origin;
}

const mostRedirects = 5;

/** What is there already, and the strong ETag under which the rest is to be had. */
export interface Rest {
  readonly bytes: number;
  readonly etag: string;
}

export async function openOutput(
  dispatcher: Dispatcher,
  url: string,
  rest: Rest | undefined,
  signal: AbortSignal | undefined,
): Promise<Opened | Trouble> {
  const headers = {
    // Compressed, its length would not be the length of the file.
    'accept-encoding': 'identity',
    ...(rest && { range: `bytes=${rest.bytes}-`, 'if-range': rest.etag }),
  };
  let target = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const location = webUrl(target);
    if (!location) return { kind: 'gone', message: 'its URL is not http or https' };
    let response: Dispatcher.ResponseData;
    try {
      response = await request(location, { dispatcher, headers, ...(signal && { signal }) });
    } catch (error) {
      return { kind: 'broken', message: wordsOf(error) };
    }
    const next = redirectOf(response);
    if (next === undefined) return judge(response, url, rest);
    drop(response);
    target = URL.parse(next, location.href)?.href ?? '';
  }
  return { kind: 'gone', message: `more than ${mostRedirects} redirects` };
}

export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message === '' ? code : error.message;
}

function judge(
  response: Dispatcher.ResponseData,
  url: string,
  rest: Rest | undefined,
): Opened | Trouble {
  const trouble = troubleWith(response, rest);
  if (trouble) {
    drop(response);
    return trouble;
  }
  const { statusCode, headers, body } = response;
  const range = statusCode === 206 ? contentRange(headers['content-range']) : undefined;
  const length = integer(headers['content-length']);
  const total = statusCode === 206 ? range?.total : length;
  const contentType = first(headers['content-type']);
  const etag = first(headers['etag']);
  return {
    kind: 'open',
    body,
    start: range?.start ?? 0,
    ...(total !== undefined && { total }),
    ...(contentType !== undefined && { contentType }),
    ...(etag?.startsWith('"') && { origin: { url, etag } }),
  };
}

function troubleWith(
  response: Dispatcher.ResponseData,
  rest: Rest | undefined,
): Trouble | undefined {
  const { statusCode: status, headers } = response;
  if (status === 206) {
    const start = contentRange(headers['content-range'])?.start;
    const etag = first(headers['etag']) ?? rest?.etag;
    if (rest && start === rest.bytes && etag === rest.etag) return undefined;
    return {
      kind: 'false',
      message: 'the server sent another part of the file than was asked for',
    };
  }
  if (status === 200) {
    const encoding = first(headers['content-encoding']) ?? 'identity';
    if (encoding === 'identity') return undefined;
    return { kind: 'false', message: 'the server sent it compressed' };
  }
  // The part does not end where the file allows to go on.
  if (status === 416) return { kind: 'false', message: 'HTTP 416' };
  if (status === 408 || status === 429 || status >= 500 || status < 400) {
    return { kind: 'broken', message: `HTTP ${status}` };
  }
  return { kind: 'gone', message: `HTTP ${status}` };
}

function redirectOf(response: Dispatcher.ResponseData): string | undefined {
  return [301, 302, 303, 307, 308].includes(response.statusCode)
    ? first(response.headers['location'])
    : undefined;
}

function webUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

function drop(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => undefined).destroy();
}

/** `bytes 100-199/200` */
function contentRange(
  field: string | string[] | undefined,
): { start: number; total: number | undefined } | undefined {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(first(field) ?? '');
  return match ? { start: Number(match[1]), total: integer(match[2]) } : undefined;
}

function integer(field: string | string[] | undefined): number | undefined {
  const text = first(field) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function first(field: string | string[] | undefined): string | undefined {
  return Array.isArray(field) ? field[0] : field;
}
