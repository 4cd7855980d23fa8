/** Machines whose clocks differ. */
import { expect, test } from 'vitest';
import { manifestText, until } from '../../cli/rig.ts';
import { audit } from '../../chaos/audit.ts';
import { createFleet } from '../fleet.ts';

test('The Run of a worker whose clock is off is known again by another machine', async (context) => {
  let before = 'true';
  const fleet = await createFleet({
    shell: () => before,
    // The answer to the only Run is lost, with the worker that sent it.
    meddle: (path, nth) => (path.startsWith('/Run/') && nth === 1 ? 'lose-answer' : 'pass'),
    onFinished: context.onTestFinished,
  });
  fleet.write('m.yaml', manifestText({ seeds: 1, more: 'limits: { tasks: 1, requests: 1000/s }' }));
  // Each process reads its clock once.
  const fast = fleet.write(
    'fast.mjs',
    "Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + 4_000 });",
  );
  before = `export NODE_OPTIONS=--import=${fast}`;
  const sender = await fleet.worker();
  before = 'true';
  const run = fleet.run('--settle-grace', '1s');
  await until(() => fleet.server.books().created === 1);
  sender.child.kill('SIGKILL');
  await fleet.worker();
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(await audit(fleet, { songs: 1, copies: 1 })).toEqual({
    paidTwice: [],
    lost: [],
    wrong: [],
  });
});

test('A worker whose clock is an hour off does not begin', async (context) => {
  const fleet = await createFleet({
    shell: () => `export NODE_OPTIONS=--import=${slow}`,
    onFinished: context.onTestFinished,
  });
  const slow = fleet.write(
    'slow.mjs',
    "Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin - 3_600_000 });",
  );
  expect(await fleet.songbatch('worker')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: the clock of this machine is 3600 s behind/) as string,
  });
});
