/** What a run does by itself where it notices the service that runs it. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detectCi } from '../../src/cli/ci.ts';
import {
  compileCache,
  createWorld,
  executable,
  manifestText,
  tinySong,
  type World,
  type WorldOptions,
} from './rig.ts';

test.each<[Record<string, string>, string | undefined, string | undefined]>([
  [{}, undefined, undefined],
  [{ CI: 'true' }, 'CI', 'plain'],
  [{ CI: '1', GITHUB_ACTIONS: 'true' }, 'GitHub Actions', 'github'],
  [{ GITLAB_CI: 'true' }, 'GitLab CI', 'gitlab'],
  [{ JENKINS_URL: 'https://jenkins.example/' }, 'Jenkins', 'plain'],
  [{ TF_BUILD: 'True' }, 'Azure Pipelines', 'plain'],
  [{ CI: 'true', BUILDKITE: 'true' }, 'Buildkite', 'plain'],
  [{ CI: 'woodpecker' }, 'CI', 'plain'],
  [{ CI: 'false', GITHUB_ACTIONS: 'true' }, undefined, undefined],
  [{ CI: '0', GITLAB_CI: 'true' }, undefined, undefined],
  [{ CI: '' }, undefined, undefined],
  [{ GITHUB_ACTIONS: 'false' }, undefined, undefined],
])('%j is %s', (environment, name, log) => {
  expect(detectCi(environment)).toEqual(name === undefined ? undefined : { name, log });
});

/** A world on a runner of GitHub's, in a folder of the repository. */
async function onGithub(options: WorldOptions = {}): Promise<World> {
  const environment: Record<string, string> = { GITHUB_ACTIONS: 'true', CI: 'true' };
  const world = await createWorld({ ...options, environment });
  environment['GITHUB_WORKSPACE'] = world.folder;
  environment['GITHUB_STEP_SUMMARY'] = world.write('.github-summary', '# Before\n\n');
  environment['GITHUB_OUTPUT'] = world.write('.github-output', 'mine=1\n');
  Object.assign(environment, options.environment);
  return world;
}

/** As the runner reads them. */
function outputsOf(world: World): Record<string, string> {
  const text = world.read('.github-output');
  const found = [...text.matchAll(/^([\w-]+)<<(\S+)\n([^]*?)\n\2\n/gm)];
  return Object.fromEntries(found.map(([, name = '', , value = '']) => [name, value]));
}

describe('on GitHub', () => {
  test('a run that failed has a summary, annotations at its manifest, and outputs', async () => {
    const world = await onGithub({
      render: (song) =>
        song.seed === '2' ? Promise.reject(new Error('a|b`c` <i>@me</i>, 100%')) : tinySong(song),
    });
    world.write('batches/m.yaml', manifestText({ seeds: 3, more: 'retry: { attempts: 1 }' }));
    const { code, stdout, stderr } = await world.songbatch('run', 'batches/m.yaml', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed' });

    const annotations = stderr.split('\n').filter((line) => line.startsWith('::'));
    expect(annotations).toEqual([
      expect.stringMatching(
        /^::error file=batches\/m\.yaml,title=vocal\/2 failed::the model exited with 1.* \(clone=vocal seed=2\)$/,
      ),
    ]);

    const summary = world.read('.github-summary');
    expect(summary).toMatch(
      /^# Before\n\n## songbatch: `test`\n\n❌ \*\*Failed\*\*: 2 of 3 jobs are done, 1 failed\.\n/,
    );
    expect(summary).toMatch(
      /\n\| `vocal\/2` \| `clone=vocal seed=2` \| 1 \| `\S+` \| `exit-code` \| `the model exited/,
    );
    expect(summary).toContain('`songbatch retry batches/m.yaml`, then the same command');

    expect(outputsOf(world)).toEqual({
      outcome: 'failed',
      'exit-code': '1',
      jobs: '3',
      done: '2',
      failed: '1',
      'spent-usd': '0.0351',
      'output-dir': join(world.folder, 'out'),
    });
    expect(world.read('.github-output')).toMatch(/^mine=1\n/);
  });

  test('more failures than GitHub shows are counted in the last annotation', async () => {
    const world = await onGithub({ faults: { rates: { 'task.fail': 1 } } });
    world.write('m.yaml', manifestText({ seeds: 14, more: 'retry: { attempts: 1 }' }));
    const { stderr } = await world.songbatch('run', 'm.yaml');
    const annotations = stderr.split('\n').filter((line) => line.startsWith('::error'));
    expect(annotations).toHaveLength(10);
    expect(annotations[9]).toContain('title=and 5 more::');
    expect(world.read('.github-summary')).toContain('### Failed (14)');
  });

  test('a job in doubt is a warning', async () => {
    const world = await onGithub({
      meddle: (path, nth) => (path.startsWith('/Run/') && nth === 1 ? 'lose-request' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--settle-grace', '0s');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^::warning file=m\.yaml,title=vocal\/1 is in doubt::.*proves nothing/m);
    expect(world.read('.github-summary')).toContain('### In doubt (1)');
    expect(outputsOf(world)).toMatchObject({ outcome: 'stopped', 'exit-code': '3' });
  });

  test('no report has a secret that somebody gave a song for its name', async () => {
    const world = await onGithub({
      key: 'marker-3141',
      environment: { WIRO_API_KEY: 'marker-3141' },
    });
    world.write(
      'm.yaml',
      manifestText({ seeds: 1 }).replace('"{clone}/{seed}"', '"marker-3141/{seed}"'),
    );
    const reports = ['--junit', 'junit.xml', '--summary', 'songs.md', '--log-file', 'run.ndjson'];
    const run = await world.songbatch('run', 'm.yaml', '--json', ...reports);
    expect(run.code).toBe(0);
    const files = ['junit.xml', 'songs.md', 'run.ndjson', '.github-summary'];
    const written = files.map((file) => world.read(file));
    for (const text of [run.stdout, run.stderr, ...written]) expect(text).not.toContain('marker');
    expect(written[0]).toContain('name="***/1"');
  });

  test('a log for machines stays one where a run is refused', async () => {
    const world = await onGithub();
    world.write('m.yaml', 'name: 7');
    const { code, stderr } = await world.songbatch('run', 'm.yaml', '--log-format', 'json');
    expect(code).toBe(2);
    for (const line of stderr.trimEnd().split('\n')) JSON.parse(line);
  });

  test('what is wrong with a manifest is annotated in its place, beside the frames', async () => {
    const world = await onGithub();
    const text = manifestText().replace('[Pop]', '[Popp]').replace('matrix:', 'matrxi:');
    world.write('batches/m.yaml', text);
    for (const command of ['run', 'plan']) {
      const { code, stderr } = await world.songbatch(command, 'batches/m.yaml');
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^::error file=batches\/m\.yaml,line=2,col=\d+,title=songbatch::"Popp" is not .*%0Ahint: /m,
      );
      expect(stderr).toMatch(
        /^::error file=batches\/m\.yaml,line=3,col=1,title=songbatch::unknown key "matrxi"/m,
      );
      expect(stderr).toMatch(/^batches\/m\.yaml:3:1 error: /m);
    }
    expect(world.read('.github-summary')).toBe('# Before\n\n');
    expect(outputsOf(world)).toEqual({});
  });

  test.each<[string, string[], RegExp]>([
    [
      'a slip of the pen',
      ['run', 'm.yaml', '--taks', '3'],
      /^::error title=songbatch::unknown option '--taks'/m,
    ],
    ['no key', ['run', 'm.yaml'], /^::error title=songbatch::WIRO_API_KEY is not set%0Ahint: /m],
    [
      'a manifest that is nowhere',
      ['plan', '../x.yaml'],
      /^::error title=songbatch::cannot read the manifest/m,
    ],
  ])('so is %s', async (_, words, annotation) => {
    const world = await onGithub({ environment: { WIRO_API_KEY: '' } });
    world.write('m.yaml', manifestText());
    const { code, stderr } = await world.songbatch(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(annotation);
  });

  test('files are named from the root of the repository, wherever a step works', async () => {
    const world = await onGithub({ environment: { GITHUB_WORKSPACE: tmpdir() } });
    world.write('m.yaml', 'name: test');
    const { stderr } = await world.songbatch('plan', 'm.yaml');
    expect(stderr).toContain(`::error file=${basename(world.folder)}/m.yaml,line=1,col=1,title=`);
  });

  test('help is no error', async () => {
    const world = await onGithub();
    expect(await world.songbatch('run', '--help')).toMatchObject({ code: 0, stderr: '' });
  });

  test('a log for machines stays NDJSON; summary, outputs and JUnit are written as well', async () => {
    const world = await onGithub({ faults: { rates: { 'task.fail': 1 } } });
    world.write('m.yaml', manifestText({ seeds: 2, more: 'retry: { attempts: 1 }' }));
    const words = ['--log-format', 'json', '--junit', 'junit.xml'];
    const { code, stderr } = await world.songbatch('run', 'm.yaml', ...words);
    expect(code).toBe(1);
    for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
    expect(stderr).not.toContain('::');
    expect(world.read('.github-summary')).toContain('### Failed (2)');
    expect(outputsOf(world)).toMatchObject({ outcome: 'failed', failed: '2' });
    expect(world.read('junit.xml')).toContain('<property name="ci" value="GitHub Actions"/>');
  });

  test('--summary of the very file that GitHub gives is written once, below what is there', async () => {
    const world = await onGithub();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const step = join(world.folder, '.github-summary');
    expect((await world.songbatch('run', 'm.yaml', '--summary', step)).code).toBe(0);
    expect(world.read('.github-summary').match(/^#+ .*/gm)).toEqual([
      '# Before',
      '## songbatch: `test`',
    ]);
  });

  test('a step whose summary is full, or nowhere, ends as it would', async () => {
    const world = await onGithub({ environment: { GITHUB_OUTPUT: '/nowhere/output' } });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const full = 'x'.repeat(1024 * 1024 - 100);
    writeFileSync(join(world.folder, '.github-summary'), full);
    const { code, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain('the step summary is as large as GitHub takes it');
    expect(stderr).toContain('the outputs of the step cannot be written');
    expect(world.read('.github-summary')).toBe(full);
  });
});

function visible(log: string): string {
  return log.replaceAll('\x1b', '<ESC>').replaceAll('\r', '<CR>');
}

describe('on GitLab', () => {
  test('the lines about jobs are a section, and what failed is told again below it', async () => {
    const world = await createWorld({
      environment: { GITLAB_CI: 'true' },
      render: (song) => (song.seed === '2' ? Promise.reject(new Error('broken')) : tinySong(song)),
    });
    world.write('m.yaml', manifestText({ seeds: 3, more: 'retry: { attempts: 1 }' }));
    const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml');
    expect(code).toBe(1);
    const log = visible(stderr);
    const start =
      /^<ESC>\[0Ksection_start:\d+:(songbatch_[\w.-]+)\[collapsed=true\]<CR><ESC>\[0K3 jobs of test$/m;
    const [before = '', name = '', rest = ''] = log.split(start);
    const end = new RegExp(`^<ESC>\\[0Ksection_end:\\d+:${name}<CR><ESC>\\[0K$`, 'm');
    const [section = '', after = ''] = rest.split(end);
    expect(before).not.toContain('vocal/');
    expect(section).toMatch(/✓ vocal\/1\.wav/);
    expect(section).toMatch(/✗ vocal\/2: /);
    expect(after).toMatch(/^\n✗ vocal\/2: the model exited with 1[^\n]*\n$/);
    expect(stdout).toMatch(/^2 done · 1 failed/);
    expect(stderr).not.toContain('::');
  });

  test('a log for machines has no section, and neither has one elsewhere', async () => {
    for (const [environment, words] of [
      [{ GITLAB_CI: 'true' }, ['--log-format', 'json']],
      [{ GITLAB_CI: 'true', CI: 'false' }, []],
      [{ CI: 'true', BUILDKITE: 'true' }, []],
    ] as const) {
      const world = await createWorld({ environment });
      world.write('m.yaml', manifestText({ seeds: 1 }));
      const { code, stderr } = await world.songbatch('run', 'm.yaml', ...words);
      expect(code).toBe(0);
      expect(visible(stderr)).not.toMatch(/section_|::|<ESC>/);
    }
  });
});

test('--summary writes a page of Markdown anywhere, and replaces only a page of its own', async () => {
  const world = await createWorld();
  world.write('m.yaml', manifestText({ seeds: 2 }));
  const command = ['run', 'm.yaml', '--summary', 'pages/songs.md'];
  expect((await world.songbatch(...command, '--max-jobs', '1')).code).toBe(3);
  const first = world.read('pages/songs.md');
  expect(first).toMatch(/⏸️ \*\*Stopped\*\* \(`.*--max-jobs allows`\): 1 of 2 jobs is done\./);
  expect(first).toContain('- 1 job left: the same command goes on from here.');
  expect((await world.songbatch(...command)).code).toBe(0);
  expect(world.read('pages/songs.md')).toMatch(
    /^## songbatch: `test`\n\n✅ \*\*Done\*\*: 2 of 2 jobs are done\./,
  );

  world.write('pages/songs.md', '# My own page');
  expect((await world.songbatch(...command)).code).toBe(2);
  expect(world.read('pages/songs.md')).toBe('# My own page');
});

const hasScript = spawnSync('script', ['--version']).status === 0;

test.runIf(hasScript)(
  'a terminal that CI gives to its jobs is one in which nothing is redrawn',
  async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const inTerminal = async (out: string, environment: Record<string, string>) => {
      const command = `'${process.execPath}' '${executable}' run m.yaml --out ${out}`;
      const child = spawn('script', ['-q', '-e', '-c', command, '/dev/null'], {
        cwd: world.folder,
        env: {
          PATH: process.env['PATH'],
          ...compileCache,
          HOME: world.folder,
          TERM: 'xterm',
          WIRO_BASE_URL: world.server.url,
          WIRO_API_KEY: 'test-key',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
      await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
      expect(shown).toContain('2 done');
      return shown;
    };
    expect(await inTerminal('here', {})).toContain('\x1b[');
    expect(await inTerminal('there', { CI: 'true', BUILDKITE: 'true' })).not.toContain('\x1b');
  },
);
