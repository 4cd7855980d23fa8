import { describe, expect, test } from 'vitest';
import { createWorld } from './rig.ts';
import { serve } from './serve.ts';

async function statusOf(url: string, body = '{}'): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers: { 'x-api-key': 'k' }, body });
  await response.text();
  return response.status;
}

const run = '/Run/wiro/text-to-song-with-reference-yue';

test('songbatch sandbox --fault makes things go wrong, each as often as asked for', async () => {
  const url = await serve('--fault', 'list.500=1, detail.502html=1', '--fault', 'detail.502html=0');
  expect(await statusOf(`${url}/Task/List`)).toBe(500);
  expect(await statusOf(`${url}/Task/Detail`)).toBe(200);
  expect(await statusOf(`${url}${run}`)).toBe(200);
});

test('--fault-seed brings the same faults again', async () => {
  const pattern = async (seed: string) => {
    const url = await serve('--fault', 'list.500=0.5', '--fault-seed', seed);
    const seen: number[] = [];
    for (let call = 0; call < 30; call++) seen.push(await statusOf(`${url}/Task/List`));
    return seen;
  };
  const [seven, again, eight] = await Promise.all([pattern('7'), pattern('7'), pattern('8')]);
  expect(again).toEqual(seven);
  expect(eight).not.toEqual(seven);
});

test('--help says what every fault does', async () => {
  const world = await createWorld();
  const { code, stdout } = await world.songbatch('sandbox', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('run.dropAfter         The task is made, then the connection is cut');
});

describe('bad faults are exit 2, and say what was meant', () => {
  test.each([
    ['run.dropafter=1', 'there is no fault "run.dropafter": did you mean "run.dropAfter"?'],
    ['everything=1', 'there is no fault "everything".'],
    ['run.500=1,list.500=2', 'the rate of list.500 is not a number from 0 to 1.'],
    ['run.500', 'the rate of run.500 is not a number from 0 to 1.'],
    ['run.500=', 'the rate of run.500 is not a number from 0 to 1.'],
    ['run.500=0.1=2', 'the rate of run.500 is not a number from 0 to 1.'],
  ])('%s', async (faults, message) => {
    const world = await createWorld();
    const { code, stdout, stderr } = await world.songbatch('sandbox', '--fault', faults);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('a seed that is none', async () => {
    const world = await createWorld();
    const { code, stderr } = await world.songbatch('sandbox', '--fault-seed', 'x');
    expect(code).toBe(2);
    expect(stderr).toContain('expected a whole number from 0');
  });
});
