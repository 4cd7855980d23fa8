/** What an account, a budget and a manifest allow holds for all workers together. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { heldSongs, manifestText, until } from '../cli/rig.ts';
import { createFleet } from './fleet.ts';

const unlimited = 'requests: 1000/s';

test.concurrent(
  'no more tasks are in flight than the run allows, over all workers',
  async (context) => {
    const { render, release } = heldSongs();
    const fleet = await createFleet({ render, onFinished: context.onTestFinished });
    fleet.write('m.yaml', manifestText({ seeds: 12, more: `limits: { tasks: 4, ${unlimited} }` }));
    await Promise.all([fleet.worker(), fleet.worker(), fleet.worker()]);

    const run = fleet.run();
    await until(() => fleet.server.books().created === 4);
    // Whoever believed in a place of his own would have taken it by then.
    await delay(2000);
    release();

    expect(await run.ended).toMatchObject({ code: 0 });
    expect(fleet.server.books()).toMatchObject({ created: 12, duplicates: 0 });
    expect(fleet.server.books().accounts[0]?.peak).toBe(4);
  },
);

test.concurrent('code 96 for one worker lowers the limit of all', async (context) => {
  const { render, release } = heldSongs();
  // Three at once, to the end.
  const fleet = await createFleet({
    render,
    balance: 39.99,
    price: 0.1,
    onFinished: context.onTestFinished,
  });
  const refused = () => {
    const { created, requests } = fleet.server.books();
    return (requests['Run'] ?? 0) - created;
  };
  fleet.write('m.yaml', manifestText({ seeds: 24, more: `limits: { tasks: 8, ${unlimited} }` }));
  await fleet.worker();
  const run = fleet.run();
  await until(() => run.stderr().includes('at most 3 in flight now'));
  const before = refused();

  await Promise.all([fleet.worker(), fleet.worker()]);
  await delay(2000);
  // Either would have had five refused at once; one now and then is a try for more.
  expect(refused() - before).toBeLessThan(5);
  release();

  expect(await run.ended).toMatchObject({ code: 0 });
  expect(fleet.server.books().created).toBe(24);
});

test.concurrent('code 97 stops all workers, and the run ends with 3', async (context) => {
  let told = 0;
  const fleet = await createFleet({
    balance: 30,
    price: 10,
    meddle: (path) => {
      if (!path.startsWith('/Run/')) return 'pass';
      return ({ status, body }) => {
        if (body.includes('Insufficient balance')) told++;
        return { status, body };
      };
    },
    onFinished: context.onTestFinished,
  });
  fleet.write('m.yaml', manifestText({ seeds: 12, more: `limits: { tasks: 3, ${unlimited} }` }));
  await Promise.all([fleet.worker(), fleet.worker()]);

  const { code, stdout, stderr } = await fleet.run().ended;

  expect(stderr + stdout).toContain("the account's balance is used up");
  expect(code).toBe(3);
  // As many as may have been on their way together: nobody asks once more.
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(3);
});

test.concurrent('three workers together keep to the budget', async (context) => {
  const fleet = await createFleet({
    speed: 200,
    workers: 30,
    price: 1,
    onFinished: context.onTestFinished,
  });
  const more = `limits: { tasks: 6, ${unlimited}, budget: 5.5 }`;
  fleet.write('m.yaml', manifestText({ seeds: 12, more }));
  await Promise.all([fleet.worker(), fleet.worker(), fleet.worker()]);

  const { code, stdout } = await fleet.run().ended;

  expect(code).toBe(3);
  expect(stdout).toContain('the budget of $5.5');
  expect(fleet.server.books()).toMatchObject({ created: 5, billed: '5.000000000000' });
});

test.concurrent('three workers together keep to the requests a second', async (context) => {
  const moments: number[] = [];
  const fleet = await createFleet({
    meddle: () => {
      moments.push(performance.now());
      return 'pass';
    },
    onFinished: context.onTestFinished,
  });
  fleet.write('m.yaml', manifestText({ seeds: 60, more: 'limits: { tasks: 30, requests: 10/s }' }));
  await Promise.all([fleet.worker(), fleet.worker(), fleet.worker()]);

  expect(await fleet.run().ended).toMatchObject({ code: 0 });

  // What one second allows may go at once after a pause.
  const seconds = ((moments.at(-1) ?? 0) - (moments[0] ?? 0)) / 1000;
  expect(moments.length).toBeLessThanOrEqual(10 * seconds + 15);
});
