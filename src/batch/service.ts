/** Who makes the songs: Wiro (or whatever WIRO_BASE_URL names), or the embedded server. */
import { requestsAtOnce } from '../job/concurrency.ts';
import type { SongApi } from '../job/song-api.ts';
import type { Traffic } from '../job/traffic.ts';
import { visible } from '../manifest/frame.ts';
import type { ModelDescription } from '../manifest/model.ts';
import { parseDuration } from '../manifest/quantities.ts';
import type { WiroClient } from '../wiro/client.ts';
import { realClock } from './clock.ts';
import type { SongFormat } from '../sandbox/engine/encode/format.ts';
import type { Config } from './config.ts';
import { firstSaid, variable, type Said } from './said.ts';
import { createSilenceReport } from './silence.ts';
import type { Tell } from './surroundings.ts';
import { UsageError } from './usage-error.ts';
import { misspeltVariables } from './variables.ts';

/** Whom to ask, decided from flags, environment and configuration; nobody has been asked yet. */
export type ServiceChoice = {
  /** What the state remembers, so that songs of one service are not taken for those of another. */
  readonly name: string;
} & (
  | {
      readonly kind: 'embedded';
      readonly workers: number;
      readonly speed: number;
      readonly format: SongFormat;
    }
  | {
      readonly kind: 'api';
      readonly base: URL;
      readonly key: string;
      readonly secret: string;
      /** Milliseconds for which a call may stay unanswered. */
      readonly timeout?: number;
    }
);

export interface Service {
  /** `ServiceChoice.name` */
  readonly name: string;
  readonly api: SongApi;
  /** What a model takes and costs, as the API says it; undefined where it has no such model. */
  readonly describe: WiroClient['model'];
  /** Base URL, for the metadata. */
  readonly url: string;
  /** Base URL, as it is asked. */
  readonly base: URL;
  /** Milliseconds that whatever can go on without an answer waits for one. */
  readonly patience: number;
  readonly close: () => Promise<void>;
}

const wiro = 'https://api.wiro.ai/v1';
const usualTimeout = '30s';
/** The name of the embedded server as a service. */
export const embedded = 'the embedded server';
const longestPatience = 10_000;

/** The name of the service that would be chosen, also where no credentials are set. */
export function serviceName(
  useSandbox: boolean,
  config: Config,
  environment: NodeJS.ProcessEnv,
): string {
  if (useSandbox) return embedded;
  return baseUrlOf(saidBaseUrl(config, environment).value).hostname;
}

/** Throws `UsageError` where credentials or the base URL are missing or wrong. */
export function chooseService(
  useSandbox: boolean,
  config: Config,
  environment: NodeJS.ProcessEnv,
): ServiceChoice {
  if (useSandbox) {
    const { workers, speed, format } = saidSandbox(config);
    return {
      kind: 'embedded',
      name: embedded,
      workers: workers.value,
      speed: speed.value,
      format: format.value,
    };
  }
  const key = variable(environment, 'WIRO_API_KEY');
  if (key === undefined) {
    const near = misspeltVariables(environment).find(({ meant }) => meant === 'WIRO_API_KEY');
    throw new UsageError(
      `WIRO_API_KEY is not set${near ? `, but ${visible(near.name)} is` : ''}`,
      'set it (and WIRO_API_SECRET for a signed project), or try --sandbox: no key, no cost',
    );
  }
  const base = baseUrlOf(saidBaseUrl(config, environment).value);
  const secret = variable(environment, 'WIRO_API_SECRET') ?? '';
  const timeout = parseDuration(saidTimeouts(config).answer.value);
  return {
    kind: 'api',
    name: base.hostname,
    base,
    key,
    secret,
    ...(timeout !== undefined && { timeout }),
  };
}

export function saidBaseUrl(config: Config, environment: NodeJS.ProcessEnv): Said<string> {
  return firstSaid({
    environment: variable(environment, 'WIRO_BASE_URL'),
    configuration: config.baseUrl,
    default: wiro,
  });
}

/** With their units. */
export function saidTimeouts({ timeouts }: Config): Record<'answer' | 'download', Said<string>> {
  return {
    answer: firstSaid({ configuration: timeouts?.answer, default: usualTimeout }),
    download: firstSaid({ configuration: timeouts?.download, default: usualTimeout }),
  };
}

/** Of the embedded server that `--sandbox` uses. */
export function saidSandbox({ sandbox }: Config): {
  readonly workers: Said<number>;
  readonly speed: Said<number>;
  readonly format: Said<SongFormat>;
} {
  return {
    workers: firstSaid({ configuration: sandbox?.workers, default: 2 }),
    speed: firstSaid({ configuration: sandbox?.speed, default: 100 }),
    format: firstSaid<SongFormat>({ configuration: sandbox?.format, default: 'wav' }),
  };
}

/** Throws `UsageError`. */
export function baseUrlOf(text: string): URL {
  const url = URL.parse(text);
  const hasMore = url !== null && `${url.username}${url.password}${url.search}${url.hash}` !== '';
  if (url === null || !/^https?:$/.test(url.protocol) || hasMore) {
    // Not shown as it was written: it may hold a password.
    throw new UsageError(
      'WIRO_BASE_URL (or baseUrl in the configuration) is not an http(s) URL without query and user',
      `leave it out for ${wiro}`,
    );
  }
  return url;
}

export interface ConnectOptions {
  /** Where the embedded server keeps its tasks; in memory unless given. */
  readonly booksFolder?: string;
  /** What the embedded server serves beside YuE, or in its place. */
  readonly models?: readonly ModelDescription[];
  /** Told when the API does not answer and is asked again. */
  readonly tell?: Tell;
  readonly onCall?: Traffic['onCall'];
}

export async function connect(
  choice: ServiceChoice,
  requestsPerSecond: number,
  options: ConnectOptions = {},
): Promise<Service> {
  const { createWiroClient } = await import('../wiro/client.ts');
  const { systemClock } = await import('../wiro/clock.ts');
  // Intents are dated by the run's clock: the difference to the server's that is kept with them must be its.
  const clock = { ...systemClock, now: realClock.now };
  if (choice.kind === 'api') {
    const { base, key, secret, timeout } = choice;
    const { tell, onCall } = options;
    const api = createWiroClient({
      baseUrl: base.href,
      key,
      requestsPerSecond,
      requestsInFlight: requestsAtOnce(requestsPerSecond),
      clock,
      ...(tell && { onFault: createSilenceReport(base.host, tell) }),
      ...(onCall && { onCall }),
      ...(secret !== '' && { secret }),
      ...(timeout !== undefined && { headersTimeout: timeout, bodyTimeout: timeout }),
    });
    const patience = Math.min(longestPatience, timeout ?? longestPatience);
    const { model: describe, close } = api;
    return { name: choice.name, api, describe, url: addressOf(base), base, patience, close };
  }
  const { workers, speed, format } = choice;
  const { booksFolder, models = [], onCall } = options;
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  const sandbox = await startSandbox({
    workers,
    speed,
    models,
    format,
    ...(booksFolder !== undefined && { folder: booksFolder }),
  });
  // The embedded server is ours: nobody is spared by asking it less often.
  const api = createWiroClient({
    baseUrl: sandbox.url,
    key: 'sandbox',
    requestsPerSecond: 1000,
    clock,
    ...(onCall && { onCall }),
  });
  const close = async () => {
    await api.close();
    await sandbox.close();
  };
  const base = new URL(sandbox.url);
  return {
    name: choice.name,
    api,
    describe: api.model,
    url: 'embedded',
    base,
    patience: longestPatience,
    close,
  };
}

export function noAnswer({ patience }: Service): string {
  return `no answer within ${patience / 1000} s`;
}

/** As it is shown and kept: without credentials, and one form for `/v1` and `/v1/`. */
export function addressOf(base: URL): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
}
