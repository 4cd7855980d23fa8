import { describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';

import { yueModel } from '../../src/manifest/yue.ts';
import { refusalOf } from '../../src/sandbox/allowance.ts';
import type { Entry } from '../../src/sandbox/journal.ts';
import { Ledger } from '../../src/sandbox/ledger.ts';
import { hasEnded } from '../../src/sandbox/lifecycle.ts';
import { fromUsd, perDollar } from '../../src/sandbox/price.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Task } from '../../src/sandbox/task.ts';
import {
  call,
  ended,
  type Envelope,
  first,
  instant,
  lyrics,
  post,
  runPath,
  sing,
  start,
  temporaryFolder,
  until,
} from './rig.ts';

const never = (): Promise<never> => new Promise(() => undefined);

const limitReached = (balance: string, limit: number) => ({
  result: false,
  errors: [
    {
      code: 96,
      message: `You have reached your concurrent task limit. With your current balance of $${balance}, you can run up to ${limit} tasks at the same time. Add funds to increase your limit.`,
    },
  ],
});
const noBalance = { result: false, errors: [{ code: 97, message: 'Insufficient balance' }] };

async function run(sandbox: Sandbox, key = 'k'): Promise<Envelope> {
  return (await post(sandbox, runPath, { prompt: lyrics }, { 'x-api-key': key })).answer;
}

const account = (sandbox: Sandbox) => first(sandbox.books().accounts);

describe('a balance of', () => {
  it.each([
    ['0.000000000001', 1],
    ['9.99', 1],
    ['10', 1],
    ['19.999999999999', 1],
    ['20', 2],
    ['50', 5],
    ['100', 10],
    ['150', 15],
    ['250', 25],
  ])('$%s allows %i at once', (usd, limit) => {
    const balance = fromUsd(Number(usd));
    expect(refusalOf({ balance, inFlight: limit - 1 })).toBeUndefined();
    expect(refusalOf({ balance, inFlight: limit })?.message).toContain(`up to ${limit} tasks`);
  });

  it.each(['250.01', '251', '1000000'])('$%s allows any number', (usd) => {
    expect(refusalOf({ balance: fromUsd(Number(usd)), inFlight: 1_000_000 })).toBeUndefined();
  });

  it('any amount is refused as documented, and never says that there is more than there is', () => {
    fc.assert(
      fc.property(fc.bigInt(-perDollar, 300n * perDollar), fc.nat(40), (balance, inFlight) => {
        const refusal = refusalOf({ balance, inFlight });
        if (balance <= 0n) expect(refusal?.code).toBe(97);
        else if (refusal === undefined) return;
        else {
          const [, stated = '', limit = ''] =
            /balance of \$(\d+\.\d\d), you can run up to (\d+) tasks/.exec(refusal.message) ?? [];
          expect(refusal.code).toBe(96);
          expect(inFlight).toBeGreaterThanOrEqual(Number(limit));
          expect(refusalOf({ balance, inFlight: Number(limit) - 1 })).toBeUndefined();
          const cents = balance - (fromUsd(Number(stated)) ?? 0n);
          expect(cents >= 0n && cents < perDollar / 100n).toBe(true);
        }
      }),
    );
  });
});

describe('a sandbox with a balance', () => {
  it('refuses a task beyond the limit, which falls with the balance', async () => {
    const songs: (() => void)[] = [];
    const sandbox = await start({
      balance: 50,
      workers: 10,
      render: (song) =>
        new Promise((resolve) => {
          songs.push(() => {
            resolve(instant(song));
          });
        }),
    });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await run(sandbox)).taskid);
    expect(await run(sandbox)).toEqual(limitReached('50.00', 5));
    for (const id of ids) await until(sandbox, id, (status) => status === 'task_start');
    songs[0]?.();
    await ended(sandbox, ids[0] ?? '');
    expect(await run(sandbox)).toEqual(limitReached('49.99', 4));
    songs[1]?.();
    await ended(sandbox, ids[1] ?? '');
    expect((await run(sandbox)).result).toBe(true);
    expect(account(sandbox)).toMatchObject({
      created: 6,
      inFlight: 4,
      peak: 5,
      billed: '0.003510000000',
      balance: '49.996490000000',
    });
  });

  it('looks at the parameters first: what is refused for good is not to be tried again', async () => {
    const sandbox = await start({ balance: 0 });
    const answer = await call(sandbox, runPath, {});
    expect(answer.errors[0]?.message).toBe('Request parameter [prompt] required');
    expect(await run(sandbox)).toEqual(noBalance);
  });

  it('gives every account its own', async () => {
    const sandbox = await start({ balance: 10, render: never });
    expect((await run(sandbox, 'one')).result).toBe(true);
    expect(await run(sandbox, 'one')).toEqual(limitReached('10.00', 1));
    expect((await run(sandbox, 'two')).result).toBe(true);
    const { accounts } = sandbox.books();
    expect(accounts.map(({ inFlight, balance }) => [inFlight, balance])).toEqual([
      [1, '10.000000000000'],
      [1, '10.000000000000'],
    ]);
    expect(JSON.stringify(accounts)).not.toContain('one');
  });

  it.each([
    ['task.fail', 'task_postprocess_end'],
    ['task.error', 'task_error'],
    ['task.cancel', 'task_cancel'],
    ['task.noOutputs', 'task_postprocess_end'],
  ])('frees the place of a task that came to nothing, unbilled: %s', async (fault, status) => {
    const sandbox = await start({ balance: 10, faults: { rates: { [fault]: 1 } } });
    for (let i = 0; i < 3; i++) {
      const { taskid } = await run(sandbox);
      await until(sandbox, taskid, (now) => now === status);
    }
    expect(account(sandbox)).toMatchObject({ created: 3, inFlight: 0, peak: 1 });
    expect(account(sandbox).balance).toBe('10.000000000000');
  });

  it('frees the place of a task that is cancelled or killed', async () => {
    const sandbox = await start({ balance: 20, workers: 1, render: never });
    const running = (await run(sandbox)).taskid;
    await until(sandbox, running, (status) => status === 'task_start');
    const queued = (await run(sandbox)).taskid;
    expect(await run(sandbox)).toEqual(limitReached('20.00', 2));
    await call(sandbox, 'Task/Cancel', { taskid: queued });
    await call(sandbox, 'Task/Kill', { taskid: running });
    expect(account(sandbox).inFlight).toBe(0);
    expect((await run(sandbox)).result).toBe(true);
  });

  it('counts a task that hangs', async () => {
    const sandbox = await start({ balance: 10, faults: { rates: { 'task.hang': 1 } } });
    const { taskid } = await run(sandbox);
    await until(sandbox, taskid, (status) => status === 'task_start');
    expect(await run(sandbox)).toEqual(limitReached('10.00', 1));
  });

  it('sells nothing once the balance is used up, to the last digit', async () => {
    const sandbox = await start({ balance: 0.3, price: 0.1 });
    for (let i = 0; i < 3; i++) await sing(sandbox, { seed: i });
    expect(account(sandbox).balance).toBe('0.000000000000');
    expect(await run(sandbox)).toEqual(noBalance);
    expect(sandbox.books().created).toBe(3);
  });

  it('lets a last task cost more than there was', async () => {
    const sandbox = await start({ balance: 0.25, price: 0.1 });
    for (let i = 0; i < 3; i++) await sing(sandbox, { seed: i });
    expect(account(sandbox).balance).toBe('-0.050000000000');
    expect(await run(sandbox)).toEqual(noBalance);
  });

  it('goes on from its books after a restart, and can so be topped up', async () => {
    const folder = temporaryFolder();
    const before = await start({ folder, balance: 0.2, price: 0.1 });
    await sing(before, { seed: 1 });
    await sing(before, { seed: 2 });
    const told = account(before);
    await before.close();
    const same = await start({ folder, balance: 0.2, price: 5 });
    expect(account(same)).toEqual(told);
    expect(await run(same)).toEqual(noBalance);
    await same.close();
    const richer = await start({ folder, balance: 1.2 });
    expect(account(richer).balance).toBe('1.000000000000');
    expect((await run(richer)).result).toBe(true);
  });

  it('counts tasks that a restart puts back into the queue', async () => {
    const folder = temporaryFolder();
    const before = await start({ folder, balance: 20, render: never });
    await run(before);
    await run(before);
    await before.close();
    const after = await start({ folder, balance: 20, render: never });
    expect(await run(after)).toEqual(limitReached('20.00', 2));
  });
});

it('a sandbox without a balance has no limit and tells of none', async () => {
  const sandbox = await start({ render: never });
  for (let i = 0; i < 50; i++) expect((await run(sandbox)).result).toBe(true);
  expect(account(sandbox)).toMatchObject({ inFlight: 50, peak: 50 });
  expect(account(sandbox)).not.toHaveProperty('balance');
});

describe('a sandbox with a price', () => {
  it('states it as dynamic pricing and bills exactly that, for successes only', async () => {
    const sandbox = await start({ price: 0.05 });
    const slug = { slugowner: 'wiro', slugproject: 'text-to-song-with-reference-yue' };
    const tool = first((await call(sandbox, 'Tool/Detail', slug)).tool);
    expect(tool['dynamicprice']).toBe('[{"inputs":{},"price":0.05,"priceMethod":"cpr"}]');
    expect(tool['cps']).toBe('0.000585000000');
    expect(await sing(sandbox)).toMatchObject({ totalcost: '0.050000000000' });
    sandbox.setFaults({ rates: { 'task.fail': 1 } });
    expect(await sing(sandbox)).toMatchObject({ totalcost: '0' });
    expect(sandbox.books().billed).toBe('0.050000000000');
  });

  it.each([
    [20, '20'],
    [0.1, '0.1'],
    [1e-12, '0.000000000001'],
    [100.5, '100.5'],
  ])('writes %d as a number', async (price, text) => {
    const sandbox = await start({ price });
    const slug = { slugowner: 'wiro', slugproject: 'text-to-song-with-reference-yue' };
    const tool = first((await call(sandbox, 'Tool/Detail', slug)).tool);
    expect(tool['dynamicprice']).toBe(`[{"inputs":{},"price":${text},"priceMethod":"cpr"}]`);
    const [row] = JSON.parse(String(tool['dynamicprice'])) as { price: number }[];
    expect(row?.price).toBe(price);
  });
});

it('whatever happens, and after any restart, an account has what its tasks have left it', () => {
  const step = fc.record({
    what: fc.constantFrom('create', 'sing', 'fail', 'cancel', 'breakDown', 'restart'),
    account: fc.constantFrom('a', 'b'),
    which: fc.nat(5),
  });
  const balance = 30n * perDollar;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const journal: Entry[] = [];
      const open = (): Ledger => {
        const ledger = new Ledger(() => 0, { balance });
        journal.forEach((entry) => {
          ledger.replay(entry);
        });
        ledger.keepIn({ append: (entry) => journal.push(entry), close: () => undefined });
        return ledger;
      };
      let ledger = open();
      for (const { what, account: name, which } of steps) {
        const live = ledger.tasksOf(name).filter(({ status }) => !hasEnded(status));
        if (what === 'restart') ledger = open();
        else if (what === 'create') ledger.create(name, {}, yueModel);
        else finish(ledger, what, live[which % (live.length || 1)], which);
        for (const each of ['a', 'b']) {
          const tasks = ledger.tasksOf(each);
          expect(ledger.stateOf(each)).toEqual({
            inFlight: tasks.filter(({ status }) => !hasEnded(status)).length,
            balance: balance - tasks.reduce((sum, { cost }) => sum + cost, 0n),
          });
        }
      }
    }),
  );
});

function finish(
  ledger: Ledger,
  how: 'sing' | 'fail' | 'cancel' | 'breakDown',
  task: Task | undefined,
  seconds: number,
): void {
  if (!task) return;
  switch (how) {
    case 'sing':
      ledger.conclude(task, { kind: 'song', seconds, bytes: 1, sha256: '', format: 'wav' });
      break;
    case 'fail':
      ledger.conclude(task, { kind: 'failed', message: '' });
      break;
    case 'cancel':
      ledger.cancel(task);
      break;
    case 'breakDown':
      ledger.breakDown(task, '');
      break;
  }
}
