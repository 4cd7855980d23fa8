/**
 * The embedded server: speaks the API of Wiro's text-to-song model on this machine and makes songs
 * with an engine of its own. It is not YuE, and nothing it does costs money.
 *
 *   POST /v1/Run/{owner}/{model}    POST /v1/Task/Detail, List, Cancel, Kill, InputOutputDelete
 *   POST /v1/Tool/Detail            POST /v1/File/Upload
 *   GET  /v1 as a WebSocket         POST to a task's callbackUrl when it has ended
 *   GET  /files/<key>/<name>        GET  /sandbox/books?start=&limit=    POST /sandbox/faults
 */
import type { Server } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';

import type { ModelDescription } from '../manifest/model.ts';
import { yue } from '../manifest/yue.ts';
import { type Bounds, usualBounds } from './bounds.ts';
import { fileFinder } from './downloads.ts';
import { type SongFormat, songFormats } from './engine/encode/format.ts';
import { createEnginePool, type RenderedSong } from './engine/pool.ts';
import { type Rendering, usualRendering } from './engine/rendering.ts';
import type { SongParameters } from './engine/song-parameters.ts';
import { expiryAfter } from './expiry.ts';
import { createFaultInjector, type Faults, readFaults } from './faults.ts';
import { lockFolder } from './folder-lock.ts';
import { type Journal, openJournal } from './journal.ts';
import { type Books, type BooksPage, Ledger, type Terms } from './ledger.ts';
import { createListLag } from './list-lag.ts';
import { fromUsd } from './price.ts';
import { songOf } from './run-input.ts';
import { refusedBySystem, SandboxError } from './sandbox-error.ts';
import type { Models } from './endpoints.ts';
import { createSandboxServer } from './server.ts';
import { openSockets } from './sockets.ts';
import { createSongShelf } from './song-shelf.ts';
import type { Task, Upload } from './task.ts';
import { createUploadStore } from './uploads.ts';
import { createWebhooks, hostnameOf } from './webhooks.ts';
import { type FinishedSong, openWorkshop } from './workshop.ts';

export interface SandboxOptions {
  /** Where to listen; 127.0.0.1 if left out. Beyond loopback a key is insisted on. */
  readonly host?: string;
  /** 0, the default, is any that is free. */
  readonly port?: number;
  /** The one key that calls must carry. Without it, any key is an account of its own. */
  readonly key?: string;
  /** Calls must be signed with it, too. */
  readonly secret?: string;
  /** Tasks executed at once; 2 if left out. */
  readonly workers?: number;
  /** How many times as fast as the real thing tasks pass; 1 if left out. See `lifecycle.ts`. */
  readonly speed?: number;
  /** Where the books are kept, so that tasks survive a restart. Without it they do not. */
  readonly folder?: string;
  /** Makes songs; the engine in worker threads if left out. */
  readonly render?: (song: SongParameters, rendering: Rendering) => Promise<RenderedSong>;
  /** Of songs; `wav` if left out. Those that were made in another stay in that. */
  readonly format?: SongFormat;
  /**
   * Milliseconds of song after which no line of lyrics begins; six minutes if left out. Songs that were
   * longer under another limit are no longer served.
   */
  readonly longest?: number;
  /** Milliseconds since 1970, for what tasks say about their times. Their pace keeps its own clock. */
  readonly now?: () => number;
  /** What goes wrong, and how often; nothing if left out. */
  readonly faults?: Faults;
  /**
   * Models that are served beside YuE, or YuE as it is described here. The engine makes of their inputs
   * what it makes of YuE's, and knows no others.
   */
  readonly models?: readonly ModelDescription[];
  /** USD that every account begins with, see `allowance.ts`; without end if left out. */
  readonly balance?: number;
  /** USD a song; by the second of execution if left out. */
  readonly price?: number;
  /** Milliseconds for which songs and uploads are kept; as long as there is a server if left out. */
  readonly keep?: number;
  /** In place of the usual ones, see `bounds.ts`. */
  readonly bounds?: Partial<Bounds>;
  /**
   * Hosts, without ports, that a `callbackUrl` may name. If left out: any, as long as the server
   * listens on loopback; beyond it none.
   */
  readonly webhookHosts?: readonly string[];
}

export interface Sandbox {
  /** What clients take for Wiro's base URL: `http://127.0.0.1:4710/v1`. */
  readonly url: string;
  /** What `GET /sandbox/books` answers. */
  readonly books: (page?: BooksPage) => Books;
  /** What `POST /sandbox/faults` does. Throws a `SandboxError` when there are no such faults. */
  readonly setFaults: (faults: Faults) => void;
  /** Ends connections, threads and timers at once; what was running is queued at the next start. */
  readonly close: () => Promise<void>;
}

/** Throws a `SandboxError` when it cannot start as asked. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, workers = 2, speed = 1, now = Date.now } = options;
  checkOptions(options, host, workers, speed);
  const bounds = { ...usualBounds, ...options.bounds };
  const isExpired = expiryAfter(options.keep, now);

  const ledger = new Ledger(now, readTerms(options));
  const faults = createFaultInjector((name) => {
    ledger.countFault(name);
  });
  const setFaults = (wanted: Faults): void => {
    const read = readFaults(wanted);
    if (read.kind === 'refused') throw new SandboxError(`the faults cannot be had: ${read.why}`);
    faults.set(read.faults);
  };
  if (options.faults) setFaults(options.faults);

  const books = options.folder === undefined ? undefined : keepBooks(options.folder, ledger);
  const uploads = createUploadStore({
    ...(options.folder !== undefined && { folder: options.folder }),
    known: ledger.uploads,
    isExpired,
    bounds,
  });
  const engine = createEnginePool(workers);
  const { render = engine.render, format = usualRendering.format } = options;
  const longest = options.longest === undefined ? usualRendering.longest : options.longest / 1000;
  const uploadAt = (url: string): Upload | undefined => {
    const accessKey = /\/files\/([A-Za-z0-9]+)\/[^/]*$/.exec(url)?.[1];
    return accessKey === undefined ? undefined : ledger.upload(accessKey);
  };
  const referenceOf = (url: string): string => {
    const upload = uploadAt(url);
    return upload ? `sha256:${upload.sha256}` : url;
  };
  const shelf = createSongShelf(
    async (task, kind) => render(songOf(task.parameters, referenceOf), { format: kind, longest }),
    format,
  );
  const perform = async (task: Task): Promise<FinishedSong> => {
    const url = task.parameters['inputAudioUrl'];
    const reference = typeof url === 'string' ? uploadAt(url) : undefined;
    // A song that was made is still made again for a download; a new one is not.
    if (reference && isExpired(reference)) throw new Error('inputAudioUrl could not be downloaded');
    return shelf.render(task);
  };
  const workshop = openWorkshop({ workers, speed, ledger, render: perform, faults });
  const sockets = openSockets(ledger, faults);
  const server = createSandboxServer({
    office: {
      models: modelsOf(options.models ?? []),
      ledger,
      workshop,
      uploads,
      referenceOf,
      now,
      faults,
      listLag: createListLag(speed),
      bounds,
    },
    credentials: options,
    findFile: fileFinder(ledger, shelf, uploads, isExpired),
    admit: sockets.admit,
  });
  const webhooks = createWebhooks({
    ledger,
    faults,
    speed,
    hosts: options.webhookHosts ?? (isLoopback(host) ? 'any' : []),
    origin: () => originOf(server),
  });
  ledger.observeWith({
    entered: (task, progress) => {
      sockets.entered(task, progress);
      webhooks.entered(task);
    },
    complained: sockets.complained,
  });

  const closeAll = async (): Promise<void> => {
    workshop.close();
    const goodbye = Promise.all([sockets.close(), webhooks.close()]);
    const closing = new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
    server.closeAllConnections();
    await goodbye;
    await closing;
    await engine.close();
    uploads.close();
    books?.close();
  };
  try {
    await listen(server, host, port);
  } catch (error) {
    await closeAll();
    throw error;
  }
  for (const task of ledger.unfinished()) workshop.enqueue(task);
  let closed: Promise<void> | undefined;
  return {
    url: `${originOf(server)}/v1`,
    books: (page) => ledger.books(page),
    setFaults,
    close: () => (closed ??= closeAll()),
  };
}

/** A song is in memory while it is made: 15 minutes take about a gigabyte. */
const longestOfAll = 900_000;

function checkOptions(
  { key, secret, port = 0, keep, format, longest, webhookHosts = [] }: SandboxOptions,
  host: string,
  workers: number,
  speed: number,
): void {
  if (key === '' || secret === '')
    throw new SandboxError('an empty key or secret protects nothing');
  if (secret !== undefined && key === undefined) {
    throw new SandboxError('a secret needs a key: calls are signed with both');
  }
  if (!isLoopback(host) && key === undefined) {
    throw new SandboxError(
      `${host} can be reached from other machines: give a key, or listen on 127.0.0.1`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SandboxError(`${port} is not a port: give 1 to 65535, or 0 for any that is free`);
  }
  if (!Number.isInteger(workers) || workers < 1) {
    throw new SandboxError(`${workers} workers cannot be had: give a whole number from 1 on`);
  }
  if (keep !== undefined && !(keep > 0)) {
    throw new SandboxError(`files cannot be kept for ${keep} ms: give a time above 0`);
  }
  if (format !== undefined && !songFormats.includes(format)) {
    throw new SandboxError(`songs cannot be had as "${format}": choose ${songFormats.join(', ')}`);
  }
  if (longest !== undefined && !(longest > 0 && longest <= longestOfAll)) {
    throw new SandboxError(
      `songs of ${longest} ms cannot be had: give a time above 0, up to ${longestOfAll / 60_000}m`,
    );
  }
  if (!Number.isFinite(speed) || speed <= 0) {
    throw new SandboxError(`a speed of ${speed} cannot be had: 1 is that of the real thing`);
  }
  const odd = webhookHosts.find((name) => hostnameOf(name) === undefined);
  if (odd !== undefined) {
    throw new SandboxError(
      `"${odd}" is not a host that can be called: give its name or address, without a port`,
    );
  }
}

/** Money from here on is exact. */
function readTerms({ balance, price }: SandboxOptions): Terms {
  const start = balance === undefined ? undefined : fromUsd(balance);
  if (balance !== undefined && start === undefined) {
    throw new SandboxError(`a balance of ${balance} USD cannot be had: give 0 or more`);
  }
  const perTask = price === undefined ? undefined : fromUsd(price);
  if (price !== undefined && !perTask) {
    throw new SandboxError(`a price of ${price} USD cannot be had: give one above 0`);
  }
  return {
    ...(start !== undefined && { balance: start }),
    ...(perTask !== undefined && { price: perTask }),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function keepBooks(folder: string, ledger: Ledger): { close: () => void } {
  try {
    return openBooks(folder, ledger);
  } catch (error) {
    throw refusedBySystem(folder, error);
  }
}

/** Locks the folder, reads what is in it and lets the ledger go on from there. */
function openBooks(folder: string, ledger: Ledger): { close: () => void } {
  const unlock = lockFolder(folder);
  let journal: Journal;
  try {
    journal = openJournal(folder, (entry) => {
      ledger.replay(entry);
    });
  } catch (error) {
    unlock();
    throw error;
  }
  ledger.keepIn(journal);
  return {
    close: () => {
      journal.close();
      unlock();
    },
  };
}

function modelsOf(models: readonly ModelDescription[]): Models {
  return new Map([yue, ...models].map((each) => [each.model.toLowerCase(), each]));
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE';
      const hint = taken ? 'choose another port, or 0 for any that is free' : error.message;
      reject(new SandboxError(`cannot listen on ${host} port ${port}: ${hint}`));
    });
    server.listen(port, host, resolve);
  });
}

/** Where this machine reaches the server. */
function originOf(server: Server): string {
  const { address, family, port } = addressOf(server);
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (address === '::') return `http://[::1]:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
