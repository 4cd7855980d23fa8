/** cron, systemd and Kubernetes: what the files say is checked, and what they start is started. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseDuration } from '../../src/manifest/quantities.ts';
import cronJobSchema from './cronjob.schema.json' with { type: 'json' };
import { heldSongs, until } from '../cli/rig.ts';
import type { Printed } from '../cli/bash.ts';
import type { Project } from './project.ts';
import { createProject, example, nightlyJobs } from './project.ts';

/** Minute, hour, day, month and day of the week, each by numbers, ranges, lists and steps. */
function isSchedule(fields: readonly string[]): boolean {
  const bounds = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [0, 7],
  ] as const;
  return (
    fields.length === bounds.length &&
    bounds.every(([least, most], index) =>
      (fields[index] ?? '').split(',').every((item) => {
        const [, from, to] = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/[1-9]\d*)?$/.exec(item) ?? ['', '-1'];
        const ends = [from, to].filter((end) => end !== undefined).map(Number);
        return (
          ends.every((end) => end >= least && end <= most) && (ends[0] ?? 0) <= (ends[1] ?? most)
        );
      }),
    )
  );
}

test('a schedule is told from what is none', () => {
  for (const right of ['17 1,4 * * *', '*/5 0-6 1 12 0']) {
    expect(isSchedule(right.split(' ')), right).toBe(true);
  }
  for (const wrong of ['60 1 * * *', '17 1,25 * * *', '17 1 * *', '17 4-1 * * *', 'x 1 * * *']) {
    expect(isSchedule(wrong.split(' ')), wrong).toBe(false);
  }
});

/** Runs it as the scheduler would, on a machine whose folders are below the test's own; twice. */
async function expectOneNight(
  project: Project,
  start: () => Promise<Printed>,
): Promise<readonly Printed[]> {
  const first = await start();
  expect(first.code, first.printed).toBe(0);
  expect(project.world.server.books().created).toBe(nightlyJobs);
  const second = await start();
  expect(second.code, second.printed).toBe(0);
  expect(project.world.server.books()).toMatchObject({ created: nightlyJobs, duplicates: 0 });
  return [first, second];
}

describe('crontab', () => {
  const lines = example('schedules/crontab')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const entries = lines.filter((line) => !/^[A-Z]+=/.test(line));
  const commandOf = (entry: string) => entry.split(/\s+/).slice(5).join(' ');

  test('has variables and entries, and nothing that cron would read otherwise', () => {
    expect(entries).toHaveLength(1);
    for (const entry of entries) {
      expect(isSchedule(entry.split(/\s+/).slice(0, 5)), entry).toBe(true);
      // To cron a per cent sign is the end of the line.
      expect(entry).not.toContain('%');
      const { status, stderr } = spawnSync('sh', ['-n', '-c', commandOf(entry)], {
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
    expect(example('schedules/crontab')).toMatch(/\n$/);
  });

  describe('what it starts', () => {
    /** By `sh`, as cron does; mail is what is printed. */
    function starter(project: Project, key = 'test-key') {
      writeFileSync(join(project.world.folder, 'songbatch.env'), `WIRO_API_KEY=${key}\n`);
      const script = commandOf(entries[0] ?? '')
        .replace('/srv/songs', project.folder)
        .replace('/etc/songbatch.env', join(project.world.folder, 'songbatch.env'));
      return () => project.bash(`exec sh -c "$SCRIPT"`, project.folder, { SCRIPT: script });
    }

    test('makes the songs of a night once, and sends no mail of it', async () => {
      const project = await createProject();
      const runs = await expectOneNight(project, starter(project));
      expect(runs.map(({ printed }) => printed)).toEqual(['', '']);
    });

    test('sends a mail where somebody has to look, with the exit code of songbatch', async () => {
      const project = await createProject();
      const { code, printed } = await starter(project, '')();
      expect(code).toBe(2);
      expect(printed).toContain('WIRO_API_KEY is not set');
    });
  });
});

/** `Key=value` lines of the sections of a unit. */
function unit(name: string): ReadonlyMap<string, string> {
  const lines = example(`schedules/${name}`).split('\n');
  let section = '';
  const settings = new Map<string, string>();
  for (const line of lines.filter((each) => each !== '' && !each.startsWith('#'))) {
    if (/^\[\w+\]$/.test(line)) {
      section = line;
      continue;
    }
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    expect(key, line).not.toBe('');
    expect(settings.has(`${section}${key}`), `${line} comes twice`).toBe(false);
    settings.set(`${section}${key}`, value);
  }
  return settings;
}

const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined;

describe('systemd', () => {
  const service = unit('songbatch.service');
  const timer = unit('songbatch.timer');
  const command = service.get('[Service]ExecStart') ?? '';

  test.skipIf(!hasSystemd)('knows every word of the units', () => {
    const folder = mkdtempSync(join(tmpdir(), 'songbatch-units-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const program = join(folder, 'songbatch');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const installed = (text: string) => text.replace('/usr/local/bin/songbatch', program);
    const verify = (text: string) =>
      spawnSync(
        'systemd-analyze',
        [
          'verify',
          write('songbatch.service', installed(text)),
          write('songbatch.timer', example('schedules/songbatch.timer')),
        ],
        { encoding: 'utf8' },
      );
    const complaints = ({ stderr }: { stderr: string }) =>
      stderr.split('\n').filter((line) => line.includes('songbatch'));
    const right = verify(example('schedules/songbatch.service'));
    expect({ status: right.status, said: complaints(right) }).toEqual({ status: 0, said: [] });
    // It is awake.
    const wrong = verify(example('schedules/songbatch.service').replace('UMask=', 'Umsk='));
    expect(complaints(wrong).join()).toContain('Umsk');
  });

  test.skipIf(!hasSystemd)('starts at hours that it understands, far from midnight', () => {
    const spec = timer.get('[Timer]OnCalendar') ?? '';
    const words = ['calendar', '--iterations=4', '--base-time=2026-11-21 12:00:00 UTC', spec];
    const { status, stdout } = spawnSync('systemd-analyze', words, {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    expect(status).toBe(0);
    for (const time of ['2026-11-22 01:17:00', '2026-11-22 04:17:00', '2026-11-23 01:17:00']) {
      expect(stdout).toContain(`${time} UTC`);
    }
  });

  test('writes only where the songs are, and leaves songbatch time to save its state', () => {
    expect(service.get('[Service]ProtectSystem')).toBe('strict');
    expect(service.get('[Service]ReadWritePaths')).toBe('/srv/songs/out');
    expect(Number(service.get('[Service]TimeoutStopSec'))).toBeGreaterThan(5);
    const deadline = parseDuration(/--deadline (\S+)/.exec(command)?.[1] ?? '') ?? 0;
    expect(parseDuration(service.get('[Service]TimeoutStartSec') ?? '')).toBeGreaterThan(deadline);
  });

  test('makes the songs of a night once, whatever it is that starts it', async () => {
    const project = await createProject();
    const words = command.replace('/usr/local/bin/', '');
    // What EnvironmentFile= has.
    const environment = { WIRO_API_KEY: 'test-key' };
    await expectOneNight(project, () => project.bash(words, project.folder, environment));
  });

  test('takes a stop for what it is, and goes on at the next start', async () => {
    const { render, release } = heldSongs();
    const project = await createProject({ render });
    const words = command.replace('/usr/local/bin/', '');
    const environment = { WIRO_API_KEY: 'test-key' };
    const first = project.start(`exec ${words}`, project.folder, environment);
    await until(() => project.world.server.books().created === nightlyJobs);
    first.stop('SIGTERM');
    expect((await first.ended).code).toBe(Number(service.get('[Service]SuccessExitStatus')));
    release();
    const second = await project.bash(words, project.folder, environment);
    expect(second.code, second.printed).toBe(0);
    expect(project.world.server.books()).toMatchObject({ created: nightlyJobs, duplicates: 0 });
  });
});

interface CronJob {
  readonly spec: {
    readonly schedule: string;
    readonly jobTemplate: {
      readonly spec: {
        readonly activeDeadlineSeconds: number;
        readonly template: {
          readonly spec: {
            readonly terminationGracePeriodSeconds: number;
            readonly containers: readonly [
              {
                readonly command: readonly string[];
                readonly args: readonly string[];
                readonly workingDir: string;
                readonly volumeMounts: readonly {
                  readonly name: string;
                  readonly mountPath: string;
                }[];
              },
            ];
            readonly volumes: readonly {
              readonly name: string;
              readonly persistentVolumeClaim?: { readonly claimName: string };
            }[];
          };
        };
      };
    };
  };
}

describe('Kubernetes', () => {
  const documents = parseAllDocuments(example('schedules/cronjob.yaml')).map(
    (document) => document.toJS() as unknown,
  );
  const claim = documents[0] as {
    kind: string;
    metadata: { name: string };
    spec: { accessModes: string[] };
  };
  const cronJob = documents[1] as CronJob;
  const pod = cronJob.spec.jobTemplate.spec.template.spec;
  const [container] = pod.containers;
  const words = [...container.command, ...container.args];

  test('has a CronJob that is complete, and starts at hours far from midnight', () => {
    expect(documents).toHaveLength(2);
    const validate = new Ajv2020({ allErrors: true }).compile(cronJobSchema);
    expect(validate(cronJob) ? [] : validate.errors).toEqual([]);
    expect(isSchedule(cronJob.spec.schedule.split(' '))).toBe(true);
    expect(validate({ ...cronJob, spec: { ...cronJob.spec, concurrencyPolicy: 'Allow' } })).toBe(
      false,
    );
  });

  test('keeps songs and state on a volume that one pod at a time has', () => {
    expect(claim).toMatchObject({
      kind: 'PersistentVolumeClaim',
      spec: { accessModes: ['ReadWriteOncePod'] },
    });
    const volume = pod.volumes.find(({ persistentVolumeClaim }) => persistentVolumeClaim);
    expect(volume?.persistentVolumeClaim?.claimName).toBe(claim.metadata.name);
    const mount = container.volumeMounts.find(({ name }) => name === volume?.name);
    expect(mount?.mountPath).toBe(join(container.workingDir, 'out'));
  });

  test('ends a pod only after its own deadline, and leaves it time to save', () => {
    const deadline = parseDuration(words[words.indexOf('--deadline') + 1] ?? '') ?? Infinity;
    expect(cronJob.spec.jobTemplate.spec.activeDeadlineSeconds * 1000).toBeGreaterThan(deadline);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(5);
  });

  test('makes the songs of a night once', async () => {
    const project = await createProject();
    const [program = '', ...rest] = words;
    expect(program).toBe(`${container.workingDir}/node_modules/.bin/songbatch`);
    const installed = join(project.folder, 'node_modules/.bin/songbatch');
    mkdirSync(dirname(installed), { recursive: true });
    cpSync(join(project.world.folder, 'bin/songbatch'), installed);
    const script = `exec "${installed}" ${rest.join(' ')}`;
    await expectOneNight(project, () =>
      project.bash(script, project.folder, { WIRO_API_KEY: 'test-key' }),
    );
  });
});
