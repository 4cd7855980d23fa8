/** SIGUSR1 asks how it goes, and does nothing else. */
import { describe, expect, test } from 'vitest';
import { createWorld, manifestText, until } from './rig.ts';

const slow = { speed: 1 };

describe.skipIf(process.platform === 'win32')('SIGUSR1', () => {
  test('tells of a run in full, and the run goes on', async () => {
    const world = await createWorld(slow);
    world.write('m.yaml', manifestText({ seeds: 2, more: 'limits: { budget: 5 }' }));
    const { child, ended, stderr } = world.start('run', 'm.yaml');
    await until(() => stderr().includes('all jobs are submitted, 2 tasks in flight'));
    child.kill('SIGUSR1');
    await until(() => stderr().includes('in flight: '));
    expect(stderr()).toMatch(
      /^test: 0 done · 2 in flight\n {2}\d+ s so far\n {2}\$0 of \$5\.00 spent · about \$[\d.]+ in all\n {2}in flight: vocal\/\d \(\d s\), vocal\/\d \(\d s\)$/m,
    );
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(stderr()).not.toContain('Debugger');
  });

  test('is one object in a log of JSON', async () => {
    const world = await createWorld(slow);
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { child, ended, stderr } = world.start('run', 'm.yaml', '--log-format', 'json');
    await until(() => world.server.books().created === 1 && stderr().includes('task accepted'));
    child.kill('SIGUSR1');
    await until(() => stderr().includes('"event":"status"'));
    child.kill('SIGINT');
    await ended;
    const lines = stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { event: string });
    expect(lines.filter(({ event }) => event === 'status')).toMatchObject([
      {
        status: {
          phase: 'working',
          tally: { running: 1 },
          atOnce: { limit: 20, wanted: 20 },
          inFlight: [{ output: 'vocal/1' }],
        },
      },
    ]);
  });

  test('before there is anything to tell is answered, too', async () => {
    let hasBegun = false;
    const world = await createWorld({
      meddle: (path) => {
        if (!path.startsWith('/Tool/Detail')) return 'pass';
        hasBegun = true;
        return 'silence';
      },
    });
    world.write('m.yaml', manifestText({ seeds: 1 }));
    const { child, ended, stderr } = world.start('run', 'm.yaml');
    await until(() => hasBegun);
    child.kill('SIGUSR1');
    await until(() => stderr() !== '');
    expect(stderr()).toBe('status: the run has not begun yet\n');
    child.kill('SIGINT');
    await ended;
  });

  test('does no harm to a command that has no run', async () => {
    const world = await createWorld();
    const { child, ended } = world.start('sandbox', '--port', '0', '--json');
    let printed = '';
    child.stdout?.on('data', (text: string) => (printed += text));
    await until(() => printed.includes('"url"'));
    child.kill('SIGUSR1');
    child.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGINT');
    const { stderr } = await ended;
    expect(child.signalCode).toBeNull();
    expect(stderr).not.toContain('Debugger');
  });
});
