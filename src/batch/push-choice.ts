/**
 * Which unasked word of tasks is wanted, from flags, environment and configuration; nothing has been
 * opened yet. The socket is on by default, the webhook wants a public URL.
 */
import type { Config } from './config.ts';
import { firstSaid, variable, type Said } from './said.ts';
import { UsageError } from './usage-error.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface PushFlags {
  /** As it was typed; `none` turns off what the configuration says. */
  readonly webhook?: string;
  readonly webhookListen?: ListenAddress;
}

export interface PushChoice {
  /** `default`: where the service keeps it. */
  readonly socket: URL | 'default' | 'off';
  readonly webhook?: {
    /** Where Wiro calls. */
    readonly url: string;
    /** Where those calls arrive on this machine; absent where somebody else takes them. */
    readonly listen?: ListenAddress;
  };
}

const none = 'none';
const loopback = '127.0.0.1';

/** Throws `UsageError`. */
export function choosePush(
  useSandbox: boolean,
  flags: PushFlags,
  config: Config,
  environment: NodeJS.ProcessEnv,
): PushChoice {
  const socket = socketOf(saidSocket(config, environment)?.value);
  const webhook = chooseWebhook(flags, config);
  return {
    // What is set is set for Wiro: the embedded server has its own.
    socket: useSandbox && socket !== 'off' ? 'default' : socket,
    ...(webhook && { webhook }),
  };
}

export function saidSocket(
  config: Config,
  environment: NodeJS.ProcessEnv,
): Said<string> | undefined {
  return firstSaid({
    environment: variable(environment, 'WIRO_SOCKET_URL'),
    configuration: config.socketUrl,
  });
}

/** Wiro keeps its socket on a host of its own; whoever else speaks its API has it beside the API. */
export function socketUrlOf(base: URL): URL {
  if (base.hostname === 'api.wiro.ai') return new URL('wss://socket.wiro.ai/v1');
  return new URL(base.href.replace(/^http/, 'ws').replace(/\/+$/, ''));
}

function socketOf(text: string | undefined): PushChoice['socket'] {
  if (text === undefined) return 'default';
  if (text === none || text === 'off') return 'off';
  const url = URL.parse(text);
  const hasMore = url !== null && `${url.username}${url.password}${url.hash}` !== '';
  if (url === null || !/^wss?:$/.test(url.protocol) || hasMore) {
    // Not shown as it was written: it may hold a password.
    throw new UsageError(
      'WIRO_SOCKET_URL (or socketUrl in the configuration) is not a ws(s) URL without user and fragment',
      `leave it out for the service's own, or say ${none} to go without`,
    );
  }
  return url;
}

function chooseWebhook(flags: PushFlags, config: Config): PushChoice['webhook'] {
  const { url: configured, listen: configuredListen } = config.webhook ?? {};
  const url =
    flags.webhook ??
    (configured === undefined ? undefined : readWebhook(configured, 'webhook.url'));
  if (url === undefined || url === none) {
    if (flags.webhookListen === undefined) return undefined;
    throw new UsageError(
      '--webhook-listen is of no use without --webhook',
      'give the public URL behind which that address is: --webhook https://ci.example.com/songbatch',
    );
  }
  const listen =
    flags.webhookListen ??
    (configuredListen === undefined
      ? undefined
      : readListenAddress(configuredListen, 'webhook.listen'));
  return { url, ...(listen && { listen }) };
}

/**
 * An http(s) URL as it was typed, or `none`. Throws `UsageError`.
 *
 * @param from where it stands, for the message
 */
export function readWebhook(text: string, from = '--webhook'): string {
  if (text === none) return text;
  const url = URL.parse(text);
  const hasMore = url !== null && `${url.username}${url.password}${url.hash}` !== '';
  if (url === null || !/^https?:$/.test(url.protocol) || hasMore) {
    // Not shown as it was written: it may hold a password.
    throw new UsageError(
      `${from} is not an http(s) URL without user and fragment`,
      'give the URL by which the API can reach you: https://ci.example.com/songbatch',
    );
  }
  return text;
}

/** Throws `UsageError`. */
export function readListenAddress(text: string, from = '--webhook-listen'): ListenAddress {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):)?(\d{1,5})$/.exec(text);
  const [, bracketed, name = '', digits] = match ?? [];
  const port = Number(digits);
  if (!match || port < 1 || port > 65_535) {
    throw new UsageError(
      `${from} is not an address to listen on: ${JSON.stringify(text)}`,
      `give host:port, or a port from 1 to 65535 alone for ${loopback}`,
    );
  }
  return { host: bracketed ?? (name === '' ? loopback : name), port };
}
