/** The pipeline for GitLab CI: its structure, its scripts, and a run of it on machines that share a cache. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import schema from './gitlab-ci.schema.json' with { type: 'json' };
import type { Project } from './project.ts';
import { createProject, example, nightlyJobs } from './project.ts';

interface Job {
  readonly parallel?: number;
  readonly before_script: readonly string[];
  readonly script: readonly string[];
  readonly cache?: { readonly key: string; readonly paths: readonly string[] };
  readonly artifacts: { readonly paths: readonly string[] };
}

const pipeline = parse(example('ci/gitlab-ci.yml')) as Record<string, unknown>;

/** With what it extends: keys of its own come first. */
function job(name: string): Job {
  return Object.assign({}, pipeline['.songbatch'], pipeline[name]) as Job;
}

/** What GitLab does to names of variables in keys and paths; scripts are for the shell. */
function expanded(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? '');
}

/** Caches outlive pipelines; artifacts go from the first stage to the second. */
async function runPipeline(
  project: Project,
  caches: Map<string, string>,
  variables: Readonly<Record<string, string>>,
) {
  const artifacts = project.emptyFolder();
  const carry = (paths: readonly string[], from: string, to: string) => {
    for (const path of paths.filter((each) => existsSync(join(from, each)))) {
      mkdirSync(dirname(join(to, path)), { recursive: true });
      cpSync(join(from, path), join(to, path), { recursive: true });
    }
  };
  const runJob = async (name: string, own: Readonly<Record<string, string>>) => {
    const { before_script: before, script, cache, artifacts: made } = job(name);
    const folder = project.emptyFolder();
    cpSync(project.folder, folder, { recursive: true });
    carry(['out'], artifacts, folder);
    const all = { GITLAB_CI: 'true', CI: 'true', WIRO_API_KEY: 'test-key', ...variables, ...own };
    const key = expanded(cache?.key ?? '', all);
    const cached = (cache?.paths ?? []).map((path) => expanded(path, all));
    carry(cached, caches.get(key) ?? folder, folder);
    const ended = await project.bash([...before, ...script].join('\n'), folder, all);
    if (cache) {
      caches.set(key, project.emptyFolder());
      carry(cached, folder, caches.get(key) ?? '');
    }
    const paths = made.paths.map((path) => expanded(path, all));
    return {
      ...ended,
      hand: () => {
        carry(paths, folder, artifacts);
      },
    };
  };
  const total = job('songs').parallel ?? 1;
  const shards = await Promise.all(
    Array.from({ length: total }, (_, index) =>
      runJob('songs', { CI_NODE_INDEX: String(index + 1), CI_NODE_TOTAL: String(total) }),
    ),
  );
  for (const { hand } of shards) hand();
  const merge = await runJob('merge', {});
  merge.hand();
  return {
    codes: [...shards, merge].map(({ code }) => code),
    printed: [...shards, merge].map(({ printed }) => printed).join('\n'),
    artifacts,
  };
}

test('has the structure of a pipeline', () => {
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
  expect(validate(pipeline) ? [] : validate.errors).toEqual([]);
  expect(validate({ ...pipeline, songs: { script: ['a'], paralel: 4 } })).toBe(false);
  for (const name of ['songs', 'merge']) {
    expect(pipeline['stages']).toContain((pipeline[name] as { stage: string }).stage);
  }
});

test.each(['songs', 'merge'])('the scripts of %s are bash', (name) => {
  const { before_script: before, script } = job(name);
  for (const line of [...before, ...script]) {
    const { status, stderr } = spawnSync('bash', ['-n', '-c', line], { encoding: 'utf8' });
    expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
  }
});

test('songs of a night are made once by four jobs and merged, whichever pipeline goes on with it', async () => {
  const project = await createProject();
  const caches = new Map<string, string>();
  const before = project.emptyFolder();
  for (const day of ['17', '18', '19', '20']) {
    mkdirSync(join(before, `out/shard-1/2026-11-${day}`), { recursive: true });
  }
  caches.set('songs-1', before);
  const at = (time: string) => runPipeline(project, caches, { CI_PIPELINE_CREATED_AT: time });

  const first = await at('2026-11-21T01:17:03Z');
  expect(first.codes, first.printed).toEqual([0, 0, 0, 0, 0]);
  expect(project.world.server.books()).toMatchObject({ created: nightlyJobs, duplicates: 0 });
  const sums = join(first.artifacts, 'out/nightly/2026-11-21/SHA256SUMS');
  expect(readFileSync(sums, 'utf8').match(/\.wav$/gm)).toHaveLength(nightlyJobs);
  // Three nights before this one.
  expect(readdirSync(join(caches.get('songs-1') ?? '', 'out/shard-1'))).toEqual(
    ['18', '19', '20', '21'].map((day) => `2026-11-${day}`),
  );

  const second = await at('2026-11-21T04:17:02Z');
  const said = await runPipeline(project, caches, {
    CI_PIPELINE_CREATED_AT: '2026-11-22T09:00:00Z',
    SONGBATCH_DATE: '2026-11-21',
  });
  for (const { codes, printed } of [second, said]) {
    expect(codes, printed).toEqual([0, 0, 0, 0, 0]);
  }
  expect(project.world.server.books()).toMatchObject({ created: nightlyJobs, duplicates: 0 });
});
