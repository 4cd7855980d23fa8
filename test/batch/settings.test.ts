/** What `songbatch config` shows is what a run goes by, whoever says what. */
import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { Config } from '../../src/batch/config.ts';
import { limitsInForce } from '../../src/batch/limits.ts';
import { choosePush } from '../../src/batch/push-choice.ts';
import { chooseService } from '../../src/batch/service.ts';
import { settingsInForce, type Setting } from '../../src/batch/settings.ts';
import { misspeltVariables } from '../../src/batch/variables.ts';
import { parseUsd } from '../../src/job/money.ts';
import type { Limits } from '../../src/manifest/manifest.ts';
import { formatDuration, parseDuration } from '../../src/manifest/quantities.ts';
import { defaultLimits } from '../../src/manifest/settings.ts';

interface Sources {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
}

function settingsOf({ config, environment, limits }: Sources): ReadonlyMap<string, Setting> {
  const settings = settingsInForce({
    found: { config, placeOf: () => 'c.yaml:1:1' },
    environment,
    fromEnvFiles: new Map(),
    manifest: { limits, placeOf: () => 'm.yaml:1:1' },
  });
  return new Map(settings.map((setting) => [setting.name, setting]));
}

const duration = fc.integer({ min: 1, max: 3599 }).map((seconds) => formatDuration(seconds * 1000));
const host = fc.constantFrom('a.example.com', 'b.example.com:8080');
const config = fc.record(
  {
    baseUrl: host.map((name) => `https://${name}/v1`),
    socketUrl: fc.oneof(
      host.map((name) => `wss://${name}/v1`),
      fc.constant('none'),
    ),
    limits: fc.record(
      {
        tasks: fc.integer({ min: 1, max: 40 }),
        requestsPerSecond: fc.integer({ min: 1, max: 20 }),
        budget: fc.integer({ min: 0, max: 20 }),
      },
      { requiredKeys: [] },
    ),
    timeouts: fc.record({ answer: duration, download: duration }, { requiredKeys: [] }),
    sandbox: fc.record(
      {
        workers: fc.integer({ min: 1, max: 64 }),
        speed: fc.integer({ min: 1, max: 100 }),
        format: fc.constantFrom('wav' as const, 'mp3' as const, 'flac' as const),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const environment = fc
  .record(
    {
      WIRO_API_SECRET: fc.constantFrom('', 's'),
      WIRO_BASE_URL: fc.oneof(
        fc.constant(''),
        host.map((name) => `http://${name}`),
      ),
      WIRO_SOCKET_URL: fc.oneof(
        fc.constant(''),
        fc.constant('none'),
        host.map((name) => `ws://${name}/`),
      ),
    },
    { requiredKeys: [] },
  )
  .map((variables): Record<string, string> => ({ WIRO_API_KEY: 'k', ...variables }));
const limits = fc
  .record(
    {
      tasks: fc.integer({ min: 1, max: 40 }),
      requestsPerSecond: fc.integer({ min: 1, max: 20 }),
      budget: fc.bigInt({ min: 0n, max: 20n }).map((dollars) => dollars * 10n ** 12n),
      deadline: fc.integer({ min: 1, max: 1000 }).map((seconds) => seconds * 1000),
    },
    { requiredKeys: [] },
  )
  .map((written): Limits => ({ ...defaultLimits, ...written }));

test('the value of each setting is the one that runs go by', () => {
  fc.assert(
    fc.property(fc.record({ config, environment, limits }), (sources) => {
      const shown = settingsOf(sources);
      const value = (name: string) => shown.get(name)?.value;

      const inForce = limitsInForce(sources.limits, {}, sources.config);
      expect(value('limits.tasks')).toBe(inForce.tasks);
      expect(value('limits.requestsPerSecond')).toBe(inForce.requestsPerSecond);
      const budget = value('limits.budget') ?? undefined;
      expect(budget === undefined ? undefined : parseUsd(budget)).toBe(inForce.budget);
      const deadline = value('limits.deadline') ?? undefined;
      expect(deadline === undefined ? undefined : parseDuration(String(deadline))).toBe(
        inForce.deadline,
      );

      const api = chooseService(false, sources.config, sources.environment);
      if (api.kind !== 'api') throw new Error('that is not the API');
      expect(new URL(String(value('baseUrl')))).toEqual(api.base);
      expect(parseDuration(String(value('timeouts.answer')))).toBe(api.timeout);
      expect(value('WIRO_API_SECRET')).toBe(api.secret === '' ? null : 'set');

      const { socket } = choosePush(false, {}, sources.config, sources.environment);
      if (socket === 'off') expect(value('socketUrl')).toBe('none');
      else if (socket === 'default') expect(shown.get('socketUrl')?.from).toBe('default');
      else expect(new URL(String(value('socketUrl')))).toEqual(socket);

      expect(chooseService(true, sources.config, {})).toMatchObject({
        workers: value('sandbox.workers'),
        speed: value('sandbox.speed'),
        format: value('sandbox.format'),
      });
    }),
  );
});

describe('who speaks first is heard', () => {
  const nobody: Sources = { config: {}, environment: {}, limits: defaultLimits };
  const configured = { baseUrl: 'https://c.example.com', socketUrl: 'wss://c.example.com' };

  test.each<[string, string, Partial<Sources>, Partial<Setting>]>([
    ['baseUrl', 'nobody', {}, { value: 'https://api.wiro.ai/v1', from: 'default' }],
    [
      'baseUrl',
      'the configuration',
      { config: configured },
      { value: 'https://c.example.com', from: 'configuration', place: 'c.yaml:1:1' },
    ],
    [
      'baseUrl',
      'the environment',
      { config: configured, environment: { WIRO_BASE_URL: 'http://e.example.com' } },
      { value: 'http://e.example.com', from: 'environment' },
    ],
    [
      'baseUrl',
      'an environment that says nothing',
      { config: configured, environment: { WIRO_BASE_URL: '' } },
      { value: 'https://c.example.com', from: 'configuration' },
    ],
    ['socketUrl', 'nobody', {}, { value: 'wss://socket.wiro.ai/v1', from: 'default' }],
    [
      'socketUrl',
      'nobody, beside another base URL',
      { config: { baseUrl: 'https://c.example.com/v1' } },
      { value: 'wss://c.example.com/v1', from: 'default' },
    ],
    [
      'socketUrl',
      'the environment',
      { config: configured, environment: { WIRO_SOCKET_URL: 'none' } },
      { value: 'none', from: 'environment' },
    ],
    [
      'limits.tasks',
      'the manifest',
      { limits: { ...defaultLimits, tasks: 8 } },
      { value: 8, from: 'manifest', place: 'm.yaml:1:1' },
    ],
    [
      'limits.tasks',
      'the manifest, below the cap',
      { limits: { ...defaultLimits, tasks: 8 }, config: { limits: { tasks: 9 } } },
      { value: 8, from: 'manifest' },
    ],
    [
      'limits.tasks',
      'the configuration, as a cap',
      { limits: { ...defaultLimits, tasks: 8 }, config: { limits: { tasks: 3 } } },
      {
        value: 3,
        from: 'configuration',
        place: 'c.yaml:1:1',
        instead: { value: 8, from: 'manifest', place: 'm.yaml:1:1' },
      },
    ],
    ['limits.budget', 'nobody', {}, { value: null, from: 'default' }],
    [
      'limits.budget',
      'the configuration, where there is none',
      { config: { limits: { budget: 2.5 } } },
      { value: '2.5', from: 'configuration' },
    ],
    [
      'webhook.url',
      'the configuration',
      { config: { webhook: { url: 'https://ci.example.com/hook?token=3141' } } },
      { value: 'https://ci.example.com/hook?…', from: 'configuration' },
    ],
  ])('%s: %s', (name, _, sources, expected) => {
    const setting = settingsOf({ ...nobody, ...sources }).get(name);
    expect(setting).toMatchObject(expected);
    expect('instead' in (setting ?? {})).toBe('instead' in expected);
  });
});

test('a duration is written as it can be read', () => {
  fc.assert(
    fc.property(fc.nat(500 * 3600), (seconds) => {
      expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
    }),
  );
  expect(formatDuration(5_400_000)).toBe('1h30m');
});

test.each<[Record<string, string>, string[]]>([
  [{ WIRO_APIKEY: 'x' }, ['WIRO_APIKEY: WIRO_API_KEY']],
  [{ SONGBATCH_API_SECRET: 'x' }, ['SONGBATCH_API_SECRET: WIRO_API_SECRET']],
  [
    { WIRO_BASEURL: 'x', wiro_base_url: 'x' },
    ['WIRO_BASEURL: WIRO_BASE_URL', 'wiro_base_url: WIRO_BASE_URL'],
  ],
  [{ WIRO_API_BASE_URL: 'x' }, ['WIRO_API_BASE_URL: WIRO_BASE_URL']],
  [{ WIRO_APIKEY: 'x', WIRO_API_KEY: 'y' }, []],
  [{ WIRO_APIKEY: 'x', WIRO_API_KEY: '' }, ['WIRO_APIKEY: WIRO_API_KEY']],
  [{ WIRO_WORKSPACE: 'x', API_KEY: 'x', PATH: '/bin' }, []],
])('of %j these are taken for ours: %j', (environment, expected) => {
  const found = misspeltVariables(environment).map(({ name, meant }) => `${name}: ${meant}`);
  expect(found).toEqual(expected);
});
