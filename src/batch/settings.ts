/**
 * The settings that can be made in more than one place, as they hold and with the place where each was made.
 * What holds is found by the code by which runs find it.
 */
import { exactUsd } from '../job/money.ts';
import { defaultLimits } from '../manifest/settings.ts';
import type { KeyPlaces } from '../manifest/key-places.ts';
import type { Limits } from '../manifest/manifest.ts';
import { formatDuration } from '../manifest/quantities.ts';
import type { FoundConfig } from './config.ts';
import { saidLimits } from './limits.ts';
import { chooseMetrics } from './metrics-choice.ts';
import { saidS3 } from './s3-settings.ts';
import { choosePush, saidSocket, socketUrlOf } from './push-choice.ts';
import { firstSaid, variable, type Said, type Speaker } from './said.ts';
import { baseUrlOf, saidBaseUrl, saidSandbox, saidTimeouts } from './service.ts';

export interface SettingSources {
  readonly found: FoundConfig;
  readonly environment: NodeJS.ProcessEnv;
  /** Where variables were set that come from a file. */
  readonly fromEnvFiles: ReadonlyMap<string, string>;
  readonly manifest?: { readonly limits: Limits; readonly placeOf: KeyPlaces };
}

export interface Setting extends Named, Held {
  /** What would hold if the configuration did not allow less. */
  readonly instead?: Held;
}

interface Held {
  /** Null where nothing is set; of a secret, no more than that it is set. */
  readonly value: string | number | null;
  readonly from: Speaker;
  /** `songbatch.config.yaml:3:10`, `.env:2`. */
  readonly place?: string;
}

interface Named {
  /** The key of the configuration; of a secret, the environment variable. */
  readonly name: string;
  /** The flag of `songbatch run` that comes first. */
  readonly flag?: string;
  /** The environment variable that comes before manifest and configuration. */
  readonly variable?: string;
}

interface Row extends Named {
  readonly inManifest?: string;
  readonly said: Said<string | number> | undefined;
}

/** Throws `UsageError` for what a run would refuse. */
export function settingsInForce(sources: SettingSources): readonly Setting[] {
  choosePush(false, {}, sources.found.config, sources.environment);
  chooseMetrics({}, sources.found.config);
  return rowsOf(sources).map(({ name, said, inManifest, ...others }) => {
    const held = (word: Row['said']): Held => {
      const { value = null, by = 'default' } = word ?? {};
      const place = placeOf(by, { name, inManifest, ...others }, sources);
      // What a manifest leaves out it has by default.
      if (by === 'manifest' && place === undefined) return { value, from: 'default' };
      return { value, from: by, ...(place !== undefined && { place }) };
    };
    return {
      name,
      ...held(said),
      ...(said?.instead && { instead: held(said.instead) }),
      ...others,
    };
  });
}

/** One line for each: what is new in `Config` and its schema gets one here. */
function rowsOf({ found: { config }, environment, manifest }: SettingSources): readonly Row[] {
  const base = saidBaseUrl(config, environment);
  const usualSocket = socketUrlOf(baseUrlOf(base.value)).href;
  const socket = saidSocket(config, environment) ?? firstSaid({ default: usualSocket });
  const limits = saidLimits(manifest?.limits ?? defaultLimits, {}, config);
  const timeouts = saidTimeouts(config);
  const sandbox = saidSandbox(config);
  const s3 = saidS3(config, environment);
  const plain = (value: string | number | undefined, usual?: string | number): Row['said'] =>
    firstSaid<string | number>({ configuration: value, default: usual });

  return [
    secretRow('WIRO_API_KEY', environment),
    secretRow('WIRO_API_SECRET', environment),
    { name: 'baseUrl', variable: 'WIRO_BASE_URL', said: shown(base, withoutQuery) },
    { name: 'socketUrl', variable: 'WIRO_SOCKET_URL', said: shown(socket, withoutQuery) },
    {
      name: 'webhook.url',
      flag: '--webhook',
      said: shown(firstSaid({ configuration: config.webhook?.url }), withoutQuery),
    },
    { name: 'webhook.listen', flag: '--webhook-listen', said: plain(config.webhook?.listen) },
    { name: 'limits.tasks', flag: '--tasks', inManifest: 'limits.tasks', said: limits.tasks },
    {
      name: 'limits.requestsPerSecond',
      inManifest: 'limits.requests',
      said: limits.requestsPerSecond,
    },
    {
      name: 'limits.budget',
      flag: '--budget',
      inManifest: 'limits.budget',
      said: shown(limits.budget, exactUsd),
    },
    {
      name: 'limits.deadline',
      flag: '--deadline',
      inManifest: 'limits.deadline',
      said: shown(limits.deadline, formatDuration),
    },
    { name: 'timeouts.answer', said: timeouts.answer },
    { name: 'timeouts.download', said: timeouts.download },
    {
      name: 's3.endpoint',
      variable: 'AWS_ENDPOINT_URL_S3',
      said: shown(s3.endpoint, withoutQuery),
    },
    { name: 's3.region', variable: 'AWS_REGION', said: s3.region },
    { name: 's3.pathStyle', said: shown(s3.pathStyle, String) },
    { name: 'env', said: plain(config.env?.join(', ')) },
    { name: 'logFormat', flag: '--log-format', said: plain(config.logFormat, 'text') },
    { name: 'logFile', flag: '--log-file', said: plain(config.logFile) },
    { name: 'logLevel', flag: '--log-level', said: plain(config.logLevel) },
    { name: 'metrics', flag: '--metrics', said: plain(config.metrics) },
    { name: 'failOn', flag: '--fail-on', said: plain(config.failOn, 'any') },
    { name: 'junit', flag: '--junit', said: plain(config.junit) },
    { name: 'summary', flag: '--summary', said: plain(config.summary) },
    { name: 'sandbox.workers', said: sandbox.workers },
    { name: 'sandbox.speed', said: sandbox.speed },
    { name: 'sandbox.format', said: sandbox.format },
  ];
}

function secretRow(name: string, environment: NodeJS.ProcessEnv): Row {
  const secret = variable(environment, name);
  return { name, variable: name, said: firstSaid({ environment: secret && 'set' }) };
}

function shown<Value>(
  said: Said<Value> | undefined,
  show: (value: Value) => string,
): Said<string> | undefined {
  if (!said) return undefined;
  const { value, by, instead } = said;
  const other = shown(instead, show);
  return { value: show(value), by, ...(other && { instead: other }) };
}

/** A query may hold what opens a door. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '?…');
}

function placeOf(
  speaker: Speaker,
  { name, variable: own, inManifest }: Named & { readonly inManifest: string | undefined },
  { found, fromEnvFiles, manifest }: SettingSources,
): string | undefined {
  switch (speaker) {
    case 'environment':
      return own === undefined ? undefined : fromEnvFiles.get(own);
    case 'manifest':
      return inManifest === undefined ? undefined : manifest?.placeOf(inManifest);
    case 'configuration':
      return found.placeOf(name);
    case 'flag':
    case 'default':
      return undefined;
  }
}
