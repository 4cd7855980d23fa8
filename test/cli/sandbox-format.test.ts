import { expect, test } from 'vitest';
import { createWorld } from './rig.ts';
import { serve } from './serve.ts';

interface Task {
  readonly status: string;
  readonly elapsedseconds: string;
  readonly outputs: readonly { readonly name: string; readonly url: string }[];
}

async function call(url: string, body: object): Promise<{ taskid: string; tasklist: Task[] }> {
  const headers = { 'x-api-key': 'k' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as { taskid: string; tasklist: Task[] };
}

test('songbatch sandbox --format --longest: songs come as asked for, and end in time', async () => {
  const url = await serve('--format', 'mp3', '--longest', '15s', '--speed', '1e6');
  const prompt = `[verse]\n${'Hello to the morning\n'.repeat(100)}`;
  const { taskid } = await call(`${url}/Run/wiro/text-to-song-with-reference-yue`, { prompt });
  let task: Task | undefined;
  while (task?.status !== 'task_postprocess_end') {
    // The test's own time is the bound.
    await new Promise((resolve) => setTimeout(resolve, 20));
    task = (await call(`${url}/Task/Detail`, { taskid })).tasklist[0];
  }
  const output = task.outputs[0];
  expect(output?.name).toBe('0.mp3');
  const response = await fetch(output?.url ?? '');
  expect(response.headers.get('content-type')).toBe('audio/mpeg');
  expect((await response.text()).slice(0, 3)).toBe('ID3');
  // The price is by the second of execution: half as long again as the song.
  expect(Number(task.elapsedseconds)).toBeLessThan(30);
});

test('run --sandbox makes songs of the format that the configuration names', async () => {
  const world = await createWorld();
  world.write('.songbatchrc.yaml', 'sandbox: { format: flac }');
  world.write(
    'batch.yaml',
    'name: one\nmatrix:\n  lyrics: [{ id: hello, text: "[verse]\\nHello to the morning" }]\n  seed: [1]\noutput: { dir: out, name: song }\n',
  );
  const { code, stderr } = await world.songbatch('run', 'batch.yaml', '--sandbox');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(world.read('out/song.flac').slice(0, 4)).toBe('fLaC');
});

test.each([
  [['--format', 'ogg'], 'Allowed choices are wav, mp3, flac'],
  [['--longest', '2h'], 'songs of 7200000 ms cannot be had: give a time above 0, up to 15m'],
  [['--longest', 'long'], 'expected a time with its unit'],
])('sandbox %j is exit 2 and says what can be had', async (flags, message) => {
  const world = await createWorld();
  const { code, stderr } = await world.songbatch('sandbox', '--port', '0', ...flags);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
