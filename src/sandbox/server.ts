/**
 * Requests -> answers: which endpoint a path names, who calls, what the body says. Wiro knows POST
 * only; downloads and what lies under `/sandbox/`, which Wiro does not have, are the exceptions.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { receive } from '../http/receive.ts';
import { type Credentials, identify } from './access.ts';
import { type Answer, invalid, no, wrongPath, yes } from './answer.ts';
import { readBody } from './body.ts';
import { usualBounds } from './bounds.ts';
import { type ServedFile, serveFile } from './downloads.ts';
import { type Endpoint, endpoints, type Office, run } from './endpoints.ts';
import { readFaults } from './faults.ts';
import { type Mishap, troubled } from './mishap.ts';
import type { Sockets } from './sockets.ts';

const bodyLimit = 1024 * 1024;
/** 100 MB of file, and what a form puts around it. */
const uploadLimit = 100 * 1024 * 1024 + 64 * 1024;

export interface ServerOptions {
  readonly office: Office;
  readonly credentials: Credentials;
  readonly findFile: (accessKey: string, name: string) => ServedFile | undefined;
  readonly admit: Sockets['admit'];
}

export function createSandboxServer(options: ServerOptions): Server {
  const server = createServer(
    // An idle connection is kept longer than clients keep theirs, so that none is closed under a Run.
    {
      keepAliveTimeout: 75_000,
      headersTimeout: 30_000,
      requestTimeout: 300_000,
      // Other upgrades are declined, as HTTP has it: some clients offer HTTP/2 with every request.
      shouldUpgradeCallback: wantsSocket,
    },
    (request, response) => {
      handle(options, request, response).catch((error: unknown) => {
        fail(response, error);
      });
    },
  );
  server.maxConnections = (options.office.bounds ?? usualBounds).connections;
  server.on('upgrade', (request, connection, head) => {
    options.admit(request, connection, head, originOf(request));
  });
  return server;
}

function wantsSocket({ method, url = '', headers }: IncomingMessage): boolean {
  const [path = ''] = url.split('?', 1);
  const isOffered = headers.upgrade?.toLowerCase() === 'websocket';
  return isOffered && method === 'GET' && (path === '/v1' || path === '/v1/');
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
  } else if (request.method === 'POST' && path === '/sandbox/faults') {
    send(response, await setFaults(options, request));
  } else {
    deliver(response, await callApi(options, path, request));
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
  const { dice } = office.faults;
  if (file && dice) {
    switch (dice.first(['download.500', 'download.404'])) {
      case 'download.500':
        send(response, no(0, 'Internal server error.', 500));
        return;
      case 'download.404':
        send(response, wrongPath);
        return;
      case undefined:
    }
  }
  const served = file?.isGone === false && (await serveFile(request, response, file, dice));
  if (served) return;
  for (const header of response.getHeaderNames()) response.removeHeader(header);
  send(response, file ? no(1, 'This file is no longer kept.', 410) : wrongPath);
}

function books(
  { office, credentials }: ServerOptions,
  request: IncomingMessage,
  query: string,
): Answer {
  office.ledger.countRequest('sandbox/books');
  const refusal = refuseStranger(request, credentials);
  if (refusal) return refusal;
  const numbers = new URLSearchParams(query);
  const [start, limit] = [Number(numbers.get('start') ?? 0), Number(numbers.get('limit') ?? 100)];
  if (!Number.isInteger(start) || !Number.isInteger(limit)) {
    return invalid('[start] and [limit] must be integers');
  }
  return { status: 200, body: office.ledger.books({ start, limit }) };
}

/** Faults as `SandboxOptions` has them, in JSON, in place of those that were set. */
async function setFaults(
  { office, credentials }: ServerOptions,
  request: IncomingMessage,
): Promise<Answer> {
  office.ledger.countRequest('sandbox/faults');
  const refusal = refuseStranger(request, credentials);
  if (refusal) return refusal;
  const bytes = await receive(request, bodyLimit);
  if (!bytes) return tooLarge(bodyLimit);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return invalid('the body is not JSON');
  }
  const read = readFaults(value);
  if (read.kind === 'refused') return invalid(read.why);
  office.faults.set(read.faults);
  return yes(read.faults);
}

/** What is not the API's concerns every account: where there is a key, it is for who has that. */
function refuseStranger(request: IncomingMessage, credentials: Credentials): Answer | undefined {
  if (credentials.key === undefined) return undefined;
  const caller = identify(request.headers, credentials);
  return caller.kind === 'unknown' ? no(0, caller.why, 401) : undefined;
}

async function callApi(
  { office, credentials }: ServerOptions,
  path: string,
  request: IncomingMessage,
): Promise<Answer | Mishap> {
  const target = findEndpoint(path);
  office.ledger.countRequest(target?.name ?? 'unknown');
  if (!target || request.method !== 'POST') return wrongPath;
  const caller = identify(request.headers, credentials);
  if (caller.kind === 'unknown') return no(0, caller.why, 401);
  if (office.ledger.fault !== undefined) return cannotKeepBooks(office.ledger.fault);

  const limit = target.name === 'File/Upload' ? uploadLimit : bodyLimit;
  const bytes = await receive(request, limit);
  if (!bytes) return tooLarge(limit);
  const body = readBody(bytes, request.headers['content-type'] ?? '');
  if (body.kind === 'unreadable') return invalid(body.why);
  const origin = originOf(request);
  const carryOut = () => target.endpoint(office, { account: caller.account, ...body, origin });
  const { dice } = office.faults;
  return dice ? troubled(dice, target.name, carryOut) : carryOut();
}

function tooLarge(limit: number): Answer {
  return no(0, `Request body is larger than ${limit} bytes.`, 413);
}

function findEndpoint(path: string): { name: string; endpoint: Endpoint } | undefined {
  const match = /^\/v1\/(Run\/([^/]+)\/([^/]+)|[A-Za-z/]+)$/.exec(path);
  const [, name = '', owner, project] = match ?? [];
  if (owner === undefined || project === undefined) {
    const endpoint = endpoints.get(name);
    return endpoint && { name, endpoint };
  }
  return { name: 'Run', endpoint: (office, call) => run(`${owner}/${project}`, office, call) };
}

/** Files have the address by which the caller reaches this server, which only the caller knows. */
function originOf(request: IncomingMessage): string {
  const { host = '' } = request.headers;
  if (/^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-fA-F:.]+\](:\d+)?$/.test(host)) return `http://${host}`;
  const { localAddress = '127.0.0.1', localPort = 0 } = request.socket;
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

function deliver(response: ServerResponse, outcome: Answer | Mishap): void {
  if (!('kind' in outcome)) {
    send(response, outcome);
    return;
  }
  switch (outcome.kind) {
    case 'cut':
      response.destroy();
      break;
    case 'silence':
      break;
    case 'page':
      write(response, outcome.status, 'text/html', outcome.html);
      break;
    case 'garbage':
      write(response, 200, json, '{"result":true,"errors":[],"tas');
      break;
  }
}

const json = 'application/json; charset=utf-8';

function send(response: ServerResponse, answer: Answer): void {
  // What is left of a body that is too large is not waited for.
  if (answer.status === 413) response.setHeader('connection', 'close');
  write(response, answer.status, json, JSON.stringify(answer.body));
}

function write(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
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
