/** `songbatch sandbox` as a process of its own. */
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { createWorld } from './rig.ts';

/** Starts it with these flags; answers its base URL. */
export async function serve(...flags: string[]): Promise<string> {
  const world = await createWorld();
  const { child, ended } = world.start('sandbox', '--port', '0', '--json', ...flags);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
  if (!child.stdout) throw new Error('the process has no stdout');
  const [line] = (await once(child.stdout, 'data')) as [string];
  return (JSON.parse(line) as { url: string }).url;
}
