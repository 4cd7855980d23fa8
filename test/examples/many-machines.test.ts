/** What starts workers: compose and its image, Kubernetes, systemd. test/workers/examples.test.ts starts what they start. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import songbatchPackage from '../../package.json' with { type: 'json' };
import composeSchema from './compose.schema.json' with { type: 'json' };
import kubernetesSchema from './kubernetes.schema.json' with { type: 'json' };
import { example } from './project.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = (name: string) => readFileSync(join(root, name), 'utf8');

interface Service {
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly unknown[];
  readonly restart?: string;
  readonly profiles?: readonly string[];
}

describe('docker-compose.yml', () => {
  const compose = parse(file('docker-compose.yml'), { merge: true }) as {
    services: Readonly<Record<'postgres' | 'worker' | 'songbatch' | 'sandbox', Service>>;
    volumes: object;
  };
  const { postgres, worker, songbatch, sandbox } = compose.services;
  const validate = new Ajv2020({ allErrors: true }).compile(composeSchema);

  test('has no word that compose does not know', () => {
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
    const misspelt = { ...compose, services: { worker: { ...worker, restarts: 'always' } } };
    expect(validate(misspelt)).toBe(false);
  });

  test('lets all that have the folder have it at the same place', () => {
    expect(worker.volumes).toEqual(songbatch.volumes);
    expect(worker.volumes).toMatchObject([{ source: './songs', target: '/songs' }]);
    expect(file('Dockerfile')).toMatch(/^WORKDIR \/songs$/m);
  });

  test('keeps the books on a volume, and secrets out of the file and of command lines', () => {
    expect(postgres.volumes).toEqual(['postgres:/var/lib/postgresql/data']);
    expect(Object.keys(compose.volumes)).toEqual(['postgres']);
    for (const { environment } of [postgres, worker, songbatch]) {
      for (const [name, value] of Object.entries(environment)) {
        if (/KEY|SECRET|PASSWORD|ENGINE/.test(name)) expect(value).toMatch(/\$\{[A-Z_]+:[?-]/);
      }
    }
    for (const { command = [] } of [worker, songbatch, sandbox]) {
      expect(command.join(' ')).not.toContain('$');
    }
    // What pretends to be the API has neither.
    expect(sandbox.environment).toEqual({});
  });

  test('starts workers again, and runs only on demand', () => {
    expect(worker.restart).toBe('unless-stopped');
    expect(songbatch).toMatchObject({ profiles: ['command'] });
    expect(songbatch.restart).toBeUndefined();
  });
});

describe('Dockerfile', () => {
  const lines = file('Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = (word: string) => lines.findLast((line) => line.startsWith(`${word} `));

  test('installs the versions of the peers that songbatch takes, on its Node', () => {
    const { engines, peerDependencies } = songbatchPackage;
    expect(engines.node).toBe('>=24');
    expect(last('FROM')).toBe('FROM node:24-slim');
    const install = lines.find((line) => line.startsWith('RUN npm install')) ?? '';
    for (const name of ['bullmq', 'pg'] as const) {
      const [, major] = new RegExp(`\\b${name}@(\\d+)\\b`).exec(install) ?? [];
      expect(peerDependencies[name], name).toMatch(new RegExp(`^>=${major}\\.`));
    }
  });

  test('is nobody of importance, hears signals, and copies nothing private', () => {
    expect(last('USER')).toBe('USER node');
    expect(last('STOPSIGNAL')).toBe('STOPSIGNAL SIGTERM');
    // In this form no shell stands between a signal and songbatch.
    expect(JSON.parse((last('ENTRYPOINT') ?? '').slice('ENTRYPOINT '.length))).toEqual([
      'songbatch',
    ]);
    expect(file('.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['.git', '.env', '*.env', 'node_modules', 'songs']),
    );
    expect(lines.join('\n')).not.toMatch(/^(ARG|ENV) .*(KEY|SECRET|PASSWORD)/m);
  });
});

describe('Kubernetes', () => {
  const documents = parseAllDocuments(example('many-machines/kubernetes.yaml')).map(
    (document) => document.toJS() as unknown,
  );
  const [claim, deployment, job] = documents as [
    { metadata: { name: string } },
    { spec: { selector: { matchLabels: object }; template: Template } },
    { spec: { template: Template } },
  ];
  interface Template {
    readonly metadata?: { readonly labels: object };
    readonly spec: {
      readonly containers: readonly [
        {
          readonly env: readonly object[];
          readonly volumeMounts: readonly object[];
          readonly livenessProbe?: { readonly httpGet: { readonly path: string } };
          readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
        },
      ];
      readonly volumes: readonly {
        readonly persistentVolumeClaim?: { readonly claimName: string };
      }[];
    };
  }

  test('has objects that are complete', () => {
    const validate = new Ajv2020({ allErrors: true }).compile(kubernetesSchema);
    expect(validate(documents) ? [] : validate.errors).toEqual([]);
    expect(validate([claim, { ...deployment, kind: 'StatefulSet' }, job])).toBe(false);
    expect(deployment.spec.template.metadata?.labels).toEqual(deployment.spec.selector.matchLabels);
  });

  test('gives workers and the run the same keys, and the same volume at the same place', () => {
    const [worker] = deployment.spec.template.spec.containers;
    const [run] = job.spec.template.spec.containers;
    expect(run.env).toEqual(worker.env);
    expect(run.volumeMounts).toEqual(worker.volumeMounts);
    for (const { spec } of [deployment.spec.template, job.spec.template]) {
      const [songs] = spec.volumes;
      expect(songs?.persistentVolumeClaim?.claimName).toBe(claim.metadata.name);
    }
  });

  test('kills no worker for a database that is away', () => {
    const [worker] = deployment.spec.template.spec.containers;
    expect(worker.livenessProbe?.httpGet.path).toBe('/healthz');
    expect(worker.readinessProbe?.httpGet.path).toBe('/readyz');
  });
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined;

describe('systemd', () => {
  const unit = example('many-machines/songbatch-worker.service');

  test.skipIf(!hasSystemd)('knows every word of the unit', () => {
    const folder = mkdtempSync(join(tmpdir(), 'songbatch-unit-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const program = join(folder, 'songbatch');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const complaints = (text: string) => {
      const path = join(folder, 'songbatch-worker.service');
      writeFileSync(path, text.replace('/usr/local/bin/songbatch', program));
      const { stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
      return stderr.split('\n').filter((line) => line.includes('songbatch'));
    };
    expect(complaints(unit)).toEqual([]);
    // It is awake.
    expect(complaints(unit.replace('Restart=', 'Restrat=')).join()).toContain('Restrat');
  });

  test('is started again however it ends, and writes where the songs are only', () => {
    expect(unit).toMatch(/^Restart=always$/m);
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(unit).toMatch(/^ReadWritePaths=\/srv\/songs$/m);
    expect(unit).toMatch(/^RequiresMountsFor=\/srv\/songs$/m);
    expect(unit).not.toMatch(/^Environment=/m);
  });
});
