/** A worker that is told to end ends, also where nobody hears its goodbye. */
import { expect, onTestFinished, test } from 'vitest';
import { manifestText, until } from '../cli/rig.ts';
import { createFleet } from './fleet.ts';
import { startPostgres } from './servers/postgres.ts';

test('A worker with tasks in flight ends on SIGTERM while PostgreSQL is away, and another adopts them', async () => {
  const postgres = await startPostgres();
  onTestFinished(postgres.stop);
  const engine = await postgres.createDatabase();
  // Tasks take some seconds, each.
  const fleet = await createFleet({ engine, speed: 10, onFinished: onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 6, more: 'limits: { tasks: 3 }' }));
  const worker = await fleet.worker();
  const run = fleet.run();
  await until(() => fleet.server.books().created === 3);
  await postgres.kill();
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);

  await postgres.restart('fast');
  await fleet.worker();
  const { code, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  expect(fleet.server.books()).toMatchObject({ created: 6, duplicates: 0 });
});
