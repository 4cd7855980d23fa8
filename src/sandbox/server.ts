/**
 * Requests -> answers: which endpoint a path names, who calls, what the body says. Wiro knows POST
 * only; downloads and `GET /sandbox/books` are the exceptions.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { type Credentials, identify } from './access.ts';
import { type Answer, invalid, no, wrongPath } from './answer.ts';
import { readBody, receive } from './body.ts';
import { type ServedFile, serveFile } from './downloads.ts';
import { type Endpoint, endpoints, isModel, noModel, type Office, run } from './endpoints.ts';

const bodyLimit = 1024 * 1024;
/** 100 MB of file, and what a form puts around it. */
const uploadLimit = 100 * 1024 * 1024 + 64 * 1024;

export interface ServerOptions {
  readonly office: Office;
  readonly credentials: Credentials;
  readonly findFile: (accessKey: string, name: string) => ServedFile | undefined;
}

export function createSandboxServer(options: ServerOptions): Server {
  const server = createServer(
    // An idle connection is kept longer than clients keep theirs, so that none is closed under a Run.
    { keepAliveTimeout: 75_000, headersTimeout: 30_000, requestTimeout: 300_000 },
    (request, response) => {
      handle(options, request, response).catch((error: unknown) => {
        fail(response, error);
      });
    },
  );
  return server;
}

async function handle(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('server', 'songbatch sandbox (not Wiro)');
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  if (reading && path.startsWith('/files/')) {
    await download(options, path, request, response);
  } else if (reading && path === '/sandbox/books') {
    send(response, books(options, request, query));
  } else {
    send(response, await callApi(options, path, request));
  }
}

async function download(
  { office, findFile }: ServerOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  office.ledger.countRequest('files');
  const [, , accessKey = '', name = '', ...rest] = path.split('/');
  const file = rest.length === 0 ? findFile(accessKey, name) : undefined;
  const served = file !== undefined && (await serveFile(request, response, file));
  if (served) return;
  for (const header of response.getHeaderNames()) response.removeHeader(header);
  send(response, file ? no(1, 'This file is no longer kept.', 410) : wrongPath);
}

/** The books tell what everybody did, so a server with a key tells them only to who has it. */
function books(
  { office, credentials }: ServerOptions,
  request: IncomingMessage,
  query: string,
): Answer {
  office.ledger.countRequest('sandbox/books');
  if (credentials.key !== undefined) {
    const caller = identify(request.headers, credentials);
    if (caller.kind === 'unknown') return no(98, caller.why, 401);
  }
  const numbers = new URLSearchParams(query);
  const [start, limit] = [Number(numbers.get('start') ?? 0), Number(numbers.get('limit') ?? 100)];
  if (!Number.isInteger(start) || !Number.isInteger(limit)) {
    return invalid('[start] and [limit] must be integers');
  }
  return { status: 200, body: office.ledger.books({ start, limit }) };
}

async function callApi(
  { office, credentials }: ServerOptions,
  path: string,
  request: IncomingMessage,
): Promise<Answer> {
  const target = findEndpoint(path);
  office.ledger.countRequest(target?.name ?? 'unknown');
  if (!target || request.method !== 'POST') return wrongPath;
  const caller = identify(request.headers, credentials);
  if (caller.kind === 'unknown') return no(98, caller.why, 401);
  if (office.ledger.fault !== undefined) return cannotKeepBooks(office.ledger.fault);

  const limit = target.name === 'File/Upload' ? uploadLimit : bodyLimit;
  const bytes = await receive(request, limit);
  if (!bytes) return no(0, `Request body is larger than ${limit} bytes.`, 413);
  const body = readBody(bytes, request.headers['content-type'] ?? '');
  if (body.kind === 'unreadable') return invalid(body.why);
  const origin = originOf(request);
  return target.endpoint(office, { account: caller.account, ...body, origin });
}

function findEndpoint(path: string): { name: string; endpoint: Endpoint } | undefined {
  const match = /^\/v1\/(Run\/([^/]+)\/([^/]+)|[A-Za-z/]+)$/.exec(path);
  const [, name = '', owner, project] = match ?? [];
  if (owner === undefined || project === undefined) {
    const endpoint = endpoints.get(name);
    return endpoint && { name, endpoint };
  }
  return { name: 'Run', endpoint: isModel(owner, project) ? run : () => noModel };
}

/** Files have the address by which the caller reaches this server, which only the caller knows. */
function originOf(request: IncomingMessage): string {
  const { host = '' } = request.headers;
  if (/^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-fA-F:.]+\](:\d+)?$/.test(host)) return `http://${host}`;
  const { localAddress = '127.0.0.1', localPort = 0 } = request.socket;
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function send(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(JSON.stringify(answer.body));
  // What is left of a body that is too large is not waited for.
  if (answer.status === 413) response.setHeader('connection', 'close');
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}

/** A client that went away, or a fault of ours; either way nobody else is to suffer. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  send(response, no(0, `The sandbox failed: ${message}`, 500));
}

function cannotKeepBooks(why: string): Answer {
  return no(0, `The sandbox can no longer keep its books: ${why}`, 500);
}
