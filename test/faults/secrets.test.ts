/** Key and secret stand in the headers of calls to the API, and nowhere else, whatever happens. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Meddling } from '../cli/meddler.ts';
import { createWorld, manifestText, tinySong, until } from '../cli/rig.ts';
import { isRun, isSong, isTaskCall, refusal, rewriteTasks } from './faulty-batch.ts';

const key = 'marker-key-31415926';
const secret = 'marker-secret-27182818';
const marked = /marker-(key|secret|password|token)/;

/** What else lets somebody act in our place, in the forms in which it is given away. */
const indiscretions = [
  'see https://marker-password:marker-password@example.com/log',
  '{"socketaccesstoken":"marker-token-14142135"}',
  'x-signature: marker-token-14142135',
].join(' ');

/** A server that says back all that it was told, in every kind of answer. */
function echo(path: string, nth: number): Meddling {
  const words = `${indiscretions}; you are ${key}, and ${'x'.repeat(470)} ${secret} is your secret`;
  if (isRun(path)) {
    const answers: Meddling[] = [
      { status: 500, body: words },
      refusal(0, words),
      { status: 200, body: `<html>${words}</html>` },
      'lose-answer',
    ];
    return answers[nth % 6] ?? 'pass';
  }
  if (isTaskCall(path) && nth % 5 === 1) return { status: 502, body: words };
  if (isSong(path) && nth === 1) return { status: 500, body: words };
  return isTaskCall(path)
    ? rewriteTasks((task) => ({
        ...task,
        debugerror: words,
        description: words,
        ...(task.parameters['seed'] === '3' && {
          status: 'task_error',
          totalcost: '0',
          outputs: [],
        }),
      }))
    : 'pass';
}

test('no file, no output, no log and no command line has them, though everything fails', async () => {
  const world = await createWorld({
    key,
    secret,
    environment: { WIRO_API_KEY: key, WIRO_API_SECRET: secret },
    speed: 300,
    render: (song) =>
      song.seed === '5' ? Promise.reject(new Error(`no ${key} ${secret}`)) : tinySong(song),
    meddle: echo,
    meddleWithSongs: true,
  });
  world.write('m.yaml', manifestText({ seeds: 8 }));
  const said: string[] = [];
  const log = ['--log-format', 'json', '--log-file', 'run.ndjson'];
  const command = ['run', 'm.yaml', '--settle-grace', '1s', ...log];

  // Once to be killed, with files as they lie about in mid-run.
  const { child, ended } = world.start(...command);
  await until(() => world.server.books().created > 1);
  const commandLine = readFileSync(`/proc/${child.pid ?? 0}/cmdline`, 'utf8');
  expect(commandLine).toContain('m.yaml');
  expect(commandLine).not.toMatch(marked);
  child.kill('SIGKILL');
  const first = await ended;
  said.push(first.stdout, first.stderr, grep(world.folder));

  for (const words of [
    command,
    ['run', 'm.yaml', '--settle-grace', '1s', '--json'],
    ['status', 'm.yaml', '--json'],
    ['plan', 'm.yaml', '--json'],
  ]) {
    const { stdout, stderr, code } = await world.songbatch(...words);
    expect(code).not.toBe(70);
    said.push(stdout, stderr, grep(world.folder));
  }
  expect(readdirSync(world.folder).sort()).toEqual(['m.yaml', 'out', 'run.ndjson']);
  expect(world.read('run.ndjson')).toContain('you are ***');
  expect(said.filter((text) => marked.test(text))).toEqual([]);
  // The marker would have been found.
  world.write('out/control', `a file with ${key}`);
  expect(grep(world.folder)).toContain('out/control');
});

/** Files below the folder, binary ones too, with a marker; the manifest's name is no marker. */
function grep(folder: string): string {
  const found = spawnSync('grep', ['-raoE', `${marked.source}.{0,20}`, '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return found.stdout;
}

test('nor has an error, a warning or a result, whoever put it there', async () => {
  const world = await createWorld({
    environment: { WIRO_API_KEY: key, WIRO_API_SECRET: secret },
  });
  const reference = 'https://ann:marker-password@example.com/song.mp3';
  const text = manifestText({ seeds: 1, more: `# ${key}` })
    .replace('matrix:', `matrix:\n  reference: ["${reference}", "${reference}"]`)
    .replace('name: test', `name: "${key} ${secret}"`);
  world.write('m.yaml', text);
  for (const words of [
    ['run', 'm.yaml'],
    ['run', 'm.yaml', '--log-format', 'json', '--log-file', 'run.ndjson'],
    ['plan', 'm.yaml', '--only', `seed=${secret}`],
    ['plan', 'm.yaml', `--${key}`],
    ['status', key],
  ]) {
    const { code, stdout, stderr } = await world.songbatch(...words);
    expect(code).toBe(2);
    expect(stderr).toContain('***');
    expect(stdout + stderr).not.toMatch(marked);
  }
  expect(world.read('run.ndjson')).not.toMatch(marked);

  // But whoever starts a server of his own must know its key.
  const serve = ['sandbox', '--port', '0', '--key', key, '--json'];
  const { child, ended } = world.start(...serve);
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', resolve));
  expect(JSON.parse(line)).toMatchObject({ key });
  child.kill('SIGTERM');
  await ended;
});
