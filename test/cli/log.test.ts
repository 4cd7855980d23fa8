/** The log: NDJSON on stderr (--log-format json), in a file (--log-file), or both. */
import { once } from 'node:events';
import {
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLogFile } from '../../src/cli/log-file.ts';
import { createWorld, manifestText, tinySong, until, type World } from './rig.ts';
import { logLines, type LogLine } from './schemas.ts';

const isRun = (path: string) => path.startsWith('/Run/');
const json = ['--log-format', 'json'];

function linesIn(world: World, file = 'run.ndjson'): readonly LogLine[] {
  return logLines(world.read(file));
}

const of = (lines: readonly LogLine[], event: string) =>
  lines.filter((line) => line.event === event);

describe('every line is an object of the schema', () => {
  test('and one about a job says which job, attempt and task, whatever happens to it', async () => {
    const world = await createWorld({
      render: (song) =>
        song.seed === '3' ? Promise.reject(new Error('out of notes')) : tinySong(song),
      // The first Run is lost with its answer, a later one is refused for good.
      meddle: (path, nth) => {
        if (!isRun(path)) return 'pass';
        if (nth === 1) return 'lose-answer';
        const message = 'Request parameter [seed] must be between 1 and 3';
        const body = JSON.stringify({ result: false, errors: [{ code: 0, message }] });
        return nth === 2 ? { status: 200, body } : 'pass';
      },
    });
    world.write('m.yaml', manifestText({ seeds: 4, more: 'retry: { attempts: 2 }' }));
    const words = ['run', 'm.yaml', '--settle-grace', '1s', '--tasks', '1', ...json];
    const { code, stderr } = await world.songbatch(...words, '--log-level', 'debug');
    expect(code).toBe(1);
    const lines = logLines(stderr);
    expect([...new Set(lines.map(({ event }) => event))].sort()).toEqual(
      'ended exit failed finished in-doubt paused retrying saved started submitted'.split(' '),
    );
    const books = world.server.books().tasks.map(({ id }) => id);
    const bought = lines.filter(({ task }) => task !== undefined);
    expect(new Set(bought.map(({ task }) => task))).toEqual(new Set(books));
    for (const { batch } of lines) expect(batch).toBe('test');

    const [doubt] = of(lines, 'in-doubt');
    const adopted = of(lines, 'submitted').find(({ job }) => job === doubt?.job);
    expect(doubt).toMatchObject({ level: 40, attempt: 1 });
    expect(adopted).toMatchObject({ level: 30, adopted: true, attempt: 1, task: books[0] });
    const rejected = of(lines, 'failed').find(({ task }) => task === undefined);
    expect(rejected).toMatchObject({ failure: 'rejected', attempt: 1, level: 50 });
    const [broken] = of(lines, 'retrying');
    const last = of(lines, 'failed').find(({ job }) => job === broken?.job);
    expect([broken?.attempt, last?.attempt]).toEqual([1, 2]);
    expect(broken?.task).not.toBe(last?.task);
    expect(of(lines, 'ended')).toMatchObject([{ level: 20 }, { level: 20 }]);
    expect(lines.at(-1)).toMatchObject({ event: 'exit', exitCode: 1, level: 40 });
  });

  test('and so are a crash that is taken over, an API that does not answer, a socket that is gone', async () => {
    let isDown = true;
    const hangsUp = createServer((caller) => caller.destroy()).listen(0, '127.0.0.1');
    onTestFinished(() => void hangsUp.close());
    await once(hangsUp, 'listening');
    const { port } = hangsUp.address() as AddressInfo;
    const world = await createWorld({
      environment: { WIRO_SOCKET_URL: `ws://127.0.0.1:${port}` },
      meddle: (path) =>
        path.startsWith('/Task/') && isDown
          ? { status: 503, body: 'no\nluck', headers: { 'retry-after': '2' } }
          : 'pass',
    });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const first = world.start('run', 'm.yaml', ...json);
    // On disk: a submission in doubt would want the task list before anything is watched.
    await until(() => first.stderr().split('"event":"submitted"').length === 3);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = world.start('run', 'm.yaml', ...json);
    const isTold = (words: string) => second.stderr().includes(words);
    await until(() => isTold('does not answer') && isTold('cannot be reached'));
    isDown = false;
    const { code, stderr } = await second.ended;
    expect(code).toBe(0);
    const messages = of(logLines(stderr), 'message').map(({ level, msg }) => `${level} ${msg}`);
    // Which of the two is missed first is chance.
    expect(messages.sort()).toEqual([
      expect.stringMatching(/^40 127\.0\.0\.1:\d+ does not answer Task\/\w+: .*trying again/),
      expect.stringMatching(/^40 run by pid \d+ on host .*: that run crashed/),
      expect.stringMatching(/^40 ws:\/\/127\.0\.0\.1:\d+ cannot be reached/),
    ]);
  });

  test('and so is what a Ctrl-C brings about', async () => {
    const world = await createWorld({ speed: 1 });
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const { child, ended } = world.start('run', 'm.yaml', ...json, '--log-file', 'run.ndjson');
    await until(() => world.server.books().created === 2);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    const lines = logLines(stderr);
    expect(of(lines, 'message').at(-1)).toMatchObject({
      level: 40,
      msg: 'SIGINT: saving the state; tasks in flight stay on the server (again: at once)',
    });
    expect(of(lines, 'stopping')).toMatchObject([{ stop: 'interrupted' }]);
    expect(lines.at(-1)).toMatchObject({ event: 'exit', exitCode: 130 });
    expect(linesIn(world)).toEqual(lines);
  });

  test('and so is what stays in doubt', async () => {
    const world = await createWorld({
      meddle: (path, nth) => (isRun(path) && nth === 1 ? 'lose-request' : 'pass'),
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const words = ['run', 'm.yaml', '--settle-grace', '0s', ...json];
    const { code, stderr } = await world.songbatch(...words);
    expect(code).toBe(3);
    const open = of(logLines(stderr), 'left-in-doubt');
    expect(open).toMatchObject([{ level: 40, output: 'vocal/1' }]);
    expect(open[0]?.reason).toContain('the task list is empty, which proves nothing');
  });

  test('and so are the warnings before the start, and the errors that prevent it', async () => {
    const world = await createWorld();
    world.write('lyrics.txt', '[intro]\nOne line\n[verse]\nAnother\n');
    const text = manifestText({ seeds: 1 }).replace('matrix:', 'matrix:\n  lyrics: [lyrics.txt]');
    world.write('m.yaml', text);
    const warned = logLines((await world.songbatch('run', 'm.yaml', ...json)).stderr);
    expect(warned[0]).toMatchObject({ level: 40, event: 'message' });
    expect(warned[0]?.msg).toContain('lyrics.txt');

    world.write('m.yaml', text.replace('[Pop]', '[Popp]'));
    const words = ['run', 'm.yaml', ...json, '--log-file', 'run.ndjson'];
    const { code, stdout, stderr } = await world.songbatch(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const refused = logLines(stderr);
    expect(refused.map(({ event, level }) => [event, level])).toEqual([
      ['message', 50],
      ['message', 40],
      ['message', 50],
      ['exit', 50],
    ]);
    expect(refused[0]?.msg).toMatch(/m\.yaml:2:\d+ error: [^]*Popp/);
    expect(refused.at(-1)?.exitCode).toBe(2);
    expect(linesIn(world)).toEqual(refused);
  });
});

describe('--log-file', () => {
  test('has everything while a person reads text, and is appended to', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 2 }));
    const words = ['run', 'm.yaml', '--log-file', 'run.ndjson'];
    const { code, stderr } = await world.songbatch(...words);
    expect(code).toBe(0);
    expect(stderr).toContain('✓ vocal/1.wav');
    expect(stderr).not.toContain('{"level"');
    const lines = linesIn(world);
    expect(of(lines, 'ended')).toMatchObject([{ level: 20 }, { level: 20 }]);
    await world.songbatch(...words);
    expect(linesIn(world).slice(0, lines.length)).toEqual(lines);
    expect(of(linesIn(world), 'exit')).toHaveLength(2);
    expect(readdirSync(join(world.folder, 'out')).sort()).not.toContain('run.ndjson');
  });

  test('has lines from --log-level on; the configuration names file and level, from its own folder', async () => {
    const world = await createWorld();
    world.write('.songbatchrc.yaml', 'logFile: logs/a.ndjson\nlogLevel: info\nlogFormat: json');
    world.write('logs/keep', '');
    world.write('sub/m.yaml', manifestText({ seeds: 1 }));
    const { stderr } = await world.songbatch('run', 'sub/m.yaml');
    const levels = (lines: readonly LogLine[]) => [...new Set(lines.map(({ level }) => level))];
    expect(levels(linesIn(world, 'logs/a.ndjson'))).toEqual([30]);
    expect(levels(logLines(stderr))).toEqual([30]);

    const flags = ['--log-format', 'text', '--log-file', 'b.ndjson', '--log-level', 'warn'];
    const next = await world.songbatch('run', 'sub/m.yaml', '--fail-on', 'none', ...flags);
    expect(next.stderr).toContain('1 done');
    expect(world.read('b.ndjson')).toBe('');
  });

  test('that has grown large is rotated off at the start of a run, and three are kept', async () => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const large = (mark: string) =>
      `{"mark":"${mark}","level":30,"time":""}\n${' '.repeat(10_000_000)}\n`;
    for (const mark of ['a', 'b', 'c']) {
      openLogFile(world.write('run.ndjson', large(mark)), 'run.ndjson', () => undefined);
    }
    world.write('run.ndjson', large('d'));
    expect((await world.songbatch('run', 'm.yaml', '--log-file', 'run.ndjson')).code).toBe(0);
    expect(of(linesIn(world), 'exit')).toHaveLength(1);
    const marks = [1, 2, 3].map((number) => world.read(`run.ndjson.${number}`).slice(9, 10));
    expect(marks).toEqual(['d', 'c', 'b']);
    expect(existsSync(join(world.folder, 'run.ndjson.4'))).toBe(false);
    // One that has not is left alone.
    await world.songbatch('run', 'm.yaml', '--log-file', 'run.ndjson');
    expect(of(linesIn(world), 'exit')).toHaveLength(2);
  });

  test.runIf(existsSync('/dev/full'))(
    'that has no room is told of once, and the run comes to its end',
    async () => {
      const world = await createWorld();
      world.write('m.yaml', manifestText({ seeds: 3 }));
      for (const format of ['text', 'json']) {
        const words = ['run', 'm.yaml', '--log-file', '/dev/full', '--log-format', format];
        const { code, stderr } = await world.songbatch(...words);
        expect(code).toBe(0);
        expect(stderr.match(/the log \/dev\/full cannot be written to/g)).toHaveLength(1);
        if (format === 'json') logLines(stderr);
      }
      expect(world.json('out/metadata.json')).toMatchObject({ totals: { songs: 3 } });
    },
  );

  test.each<[string, string, RegExp, ((world: World) => void)?]>([
    ['its folder is not there', 'logs/run.ndjson', /logs\/run\.ndjson: its folder does not exist/],
    ['it is a folder', 'out', /to out: it is a folder/, (world) => void world.write('out/x', '')],
    [
      'it is something else, large as it may be',
      'song.wav',
      /nothing is appended to song\.wav: it is no log/,
      (world) => void world.write('song.wav', 'RIFF'.padEnd(10_000_001)),
    ],
    [
      'it is JSON, but no log',
      'package.json',
      /nothing is appended to package\.json/,
      (world) => void world.write('package.json', '{\n  "name": "x"\n}\n'),
    ],
    [
      'it is JSON in one line, as a manifest may be',
      'other.yaml',
      /nothing is appended to other\.yaml/,
      (world) => void world.write('other.yaml', '{ "name": "x", "matrix": { "seed": [1] } }\n'),
    ],
    [
      'a folder is in the way of what is rotated off',
      'run.ndjson',
      /to run\.ndjson: .*run\.ndjson\.3/,
      (world) => {
        world.write('run.ndjson', '{"level":30,"time":""}\n'.padEnd(10_000_001));
        world.write('run.ndjson.1/x', '');
        world.write('run.ndjson.2/x', '');
        world.write('run.ndjson.3/x', '');
      },
    ],
  ])('is refused before anything is started where %s', async (_, file, message, prepare) => {
    const world = await createWorld();
    world.write('m.yaml', manifestText({ seeds: 1 }));
    prepare?.(world);
    const before = existsSync(join(world.folder, file)) && statSync(join(world.folder, file)).size;
    const { code, stdout, stderr } = await world.songbatch('run', 'm.yaml', '--log-file', file);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('hint: ');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(world.server.books().created).toBe(0);
    expect(existsSync(join(world.folder, file)) && statSync(join(world.folder, file)).size).toBe(
      before,
    );
  });

  test('cannot be a pipe that nobody may read, and --log-level alone is of no use', async () => {
    const world = await createWorld({ shell: () => 'mkfifo -m 600 pipe 2>/dev/null; true' });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const pipe = await world.songbatch('run', 'm.yaml', '--log-file', 'pipe');
    expect(pipe.stderr).toContain('the log cannot be written to pipe: it is a pipe or socket');
    const level = await world.songbatch('run', 'm.yaml', '--log-level', 'debug');
    expect(level.stderr).toContain('--log-level is about a log, and none is written');
    expect([pipe.code, level.code]).toEqual([2, 2]);
  });

  test('goes on behind a link, and begins a line of its own behind one that broke off', async () => {
    const world = await createWorld();
    const target = world.write(
      'elsewhere/app.ndjson',
      '{"level":30,"time":""}\n{"time":"2026-11-0',
    );
    const link = join(world.folder, 'run.ndjson');
    symlinkSync(target, link);
    const losses: string[] = [];
    const file = openLogFile(link, 'run.ndjson', (message) => losses.push(message));
    file.write('{"n":1}\n');
    file.write('{"n":2}\n');
    expect(readFileSync(target, 'utf8')).toBe(
      '{"level":30,"time":""}\n{"time":"2026-11-0\n{"n":1}\n{"n":2}\n',
    );
    expect(losses).toEqual([]);
    // Large: what is rotated off is the file, not the link.
    writeFileSync(target, '{"level":30,"time":""}\n'.padEnd(10_000_001));
    openLogFile(link, 'run.ndjson', () => undefined).write('{"n":3}\n');
    expect(readdirSync(join(world.folder, 'elsewhere')).sort()).toEqual([
      'app.ndjson',
      'app.ndjson.1',
    ]);
    expect(readFileSync(link, 'utf8')).toBe('{"n":3}\n');
  });
});
