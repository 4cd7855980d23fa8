/** The listening page of a batch at an engine, served while its run goes on elsewhere. */
import { expect, test } from 'vitest';
import { freePort, manifestText, until } from '../cli/rig.ts';
import { createFleet } from './fleet.ts';
import { startPostgres } from './servers/postgres.ts';

test('shows the songs as they come, and ends when it is told to though PostgreSQL is away', async (context) => {
  const postgres = await startPostgres();
  context.onTestFinished(postgres.stop);
  const engine = await postgres.createDatabase();
  const fleet = await createFleet({ engine, onFinished: context.onTestFinished });
  fleet.write('m.yaml', manifestText({ seeds: 3 }));
  const port = String(await freePort());
  const served = fleet.start('report', 'm.yaml', '--serve', '--port', port);
  await until(() => served.stderr().includes('ratings are saved to'));
  const songs = async () => {
    const page = await (await fetch(`http://127.0.0.1:${port}/report/`)).text();
    return new Set(page.match(/vocal\/\d\.wav/g)).size;
  };
  expect(await songs()).toBe(0);

  await fleet.worker();
  expect(await fleet.run().ended).toMatchObject({ code: 0 });

  await expect.poll(songs).toBe(3);
  const song = await fetch(`http://127.0.0.1:${port}/vocal/2.wav`);
  expect(song.status).toBe(200);
  await postgres.kill();
  await until(() => served.stderr().includes('waiting for it'));
  served.child.kill('SIGTERM');
  expect(await served.ended).toMatchObject({ code: 0 });
});
