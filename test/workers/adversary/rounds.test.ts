/** Runs that begin while others are still at it, and keys that change: nothing is lost or bought by accident. */
import { expect, test } from 'vitest';
import { Overtaken } from '../../../src/batch/engine/claiming-store.ts';
import { accountOf } from '../../../src/state/postgres/accounts.ts';
import { beginRound, changeAccount, stopBatch } from '../../../src/state/postgres/batches.ts';
import {
  closeOrders,
  finishPlanning,
  openOrders,
  placeOrders,
  readOrder,
  type Closing,
} from '../../../src/state/postgres/orders.ts';
import { onTheUsersWord } from '../../../src/job/history.ts';
import { goodLife, songJob } from '../../state/songs.ts';
import { claimingStore, openBooks, terms, type Books } from './books.ts';

const wanted = (...seeds: number[]) => seeds.map((seed) => ({ job: songJob(seed), mayBuy: true }));

const close = ({ database, batch }: Books, ...closings: Closing[]) =>
  database.transaction((query) => closeOrders(query, batch, closings));

const isOpen = async ({ database, batch }: Books) =>
  (await openOrders(database, batch, undefined, 10)).length;

test('A run that was stopped while another began orders nothing any more', async () => {
  const books = await openBooks();
  const { database, batch, round } = books;
  await placeOrders(database, batch, round, wanted(1, 2));
  const next = await beginRound(database, batch, terms);
  await placeOrders(database, batch, next, wanted(1));
  await finishPlanning(database, batch, next);
  await close(books, { job: songJob(1).id, round: next });

  await expect(placeOrders(database, batch, round, wanted(1, 2, 3))).rejects.toThrow(
    'another run of this batch has begun',
  );
  expect(await isOpen(books)).toBe(0);
  expect((await books.row()).pending).toBe(0);
});

test('What ends a round stops none that came after it', async () => {
  const books = await openBooks();
  const { database, batch, round } = books;
  const next = await beginRound(database, batch, terms);
  await stopBatch(database, batch, round, '"the budget is used up"');
  expect((await books.row()).books.batch.stopped).toBeUndefined();
  await stopBatch(database, batch, next, '"the new one, too"');
  expect((await books.row()).books.batch.stopped).toBe('"the new one, too"');
});

test('A job that ends for an earlier round is told that a later one wants it', async () => {
  const books = await openBooks();
  const { database, batch, round } = books;
  const { id } = songJob(1);
  await placeOrders(database, batch, round, wanted(1));
  const next = await beginRound(database, batch, terms);
  await placeOrders(database, batch, next, wanted(1));
  await finishPlanning(database, batch, next);
  expect(await close(books, { job: id, round })).toEqual(new Set());
  expect(await close(books, { job: id, round: next })).toEqual(new Set([id]));
  expect(await close(books, { job: id, round: next })).toEqual(new Set([id]));
  expect((await books.row()).pending).toBe(0);
});

test('What was submitted while a round was planned without it is brought home', async () => {
  const books = await openBooks();
  const { database, batch, round } = books;
  await placeOrders(database, batch, round, wanted(1, 2, 3));
  const next = await beginRound(database, batch, terms);
  await placeOrders(database, batch, next, wanted(3));
  await books.live(1, 2);
  await finishPlanning(database, batch, next);
  const order = (seed: number) => readOrder(database, batch, songJob(seed).id);
  expect(await order(1)).toMatchObject({ isClosed: false, mayBuy: false, round: next });
  expect(await order(2)).toMatchObject({ isClosed: true });
  expect((await books.row()).pending).toBe(2);
});

test('What is taken for lost on the word of the user alone keeps its money in that round', async () => {
  const books = await openBooks({ budget: 150n, price: 6n });
  const why: unknown[] = [];
  const store = claimingStore(
    books,
    books.database,
    () => '1',
    (said) => why.push(said),
  );
  const [intended] = goodLife(1);
  const withdrawn = { type: 'withdrawn', at: intended.at + 1 } as const;
  store.take({ job: songJob(1), attempts: [] }, 0);
  await store.append(songJob(1), intended);
  await store.append(songJob(1), { ...withdrawn, why: 'no such task in the list' });
  await store.append(songJob(1), intended);
  await store.append(songJob(1), { ...withdrawn, why: onTheUsersWord });

  // Beside one that may be billed, by ten times the stated price each, there is room for one more: not for two.
  await store.append(songJob(1), intended);
  store.take({ job: songJob(2), attempts: [] }, 0);
  await expect(store.append(songJob(2), goodLife(2)[0])).rejects.toThrow();
  expect(why).toMatchObject([{ kind: 'held' }]);
  await beginRound(books.database, books.batch, { ...terms, budget: 150n, price: 6n });
  await store.append(songJob(2), goodLife(2)[0]);
});

test('A job that stays in doubt leaves its place to others, not its money', async () => {
  const books = await openBooks({ tasks: 1, budget: 10n, price: 6n });
  const { database, batch, round } = books;
  await placeOrders(database, batch, round, wanted(1, 2));
  await books.live(1, 1);
  const closing = { job: songJob(1).id, round, why: 'the list does not tell', doubt: 1 };
  await close(books, closing);
  await close(books, closing);
  expect((await books.row()).books).toMatchObject({
    account: { open: 0, asking: 0 },
    batch: { open: 0, forsaken: 1 },
  });

  const why: unknown[] = [];
  const store = claimingStore(
    books,
    database,
    () => '1',
    (said) => why.push(said),
  );
  store.take({ job: songJob(2), attempts: [] }, 0);
  await expect(store.append(songJob(2), goodLife(2)[0])).rejects.toThrow();
  expect(why).toMatchObject([{ kind: 'too-dear' }]);
  await beginRound(database, batch, { ...terms, tasks: 1, budget: 120n, price: 6n });
  await store.append(songJob(2), goodLife(2)[0]);

  const [, accepted] = goodLife(1);
  const found = await books.job(1);
  store.take(found?.record ?? { job: songJob(1), attempts: [] }, found?.last ?? 0);
  await store.append(songJob(1), { ...accepted, adopted: true });
  expect((await books.row()).books).toMatchObject({
    account: { open: 2, asking: 1 },
    batch: { open: 2, forsaken: 0 },
  });
});

test('Another key takes no batch with tasks, and leaves nothing to workers of the old one', async () => {
  const books = await openBooks();
  const { database, batch } = books;
  const other = await accountOf(database, 'https://api.example.com/v1', 'another key');
  await books.live(1, 2);
  expect(await changeAccount(database, batch, other, false)).toBe(1);
  expect((await books.row()).account).toBe(books.account);
  expect(await changeAccount(database, batch, other, true)).toBe(0);

  const store = claimingStore(books, database, () => '1');
  store.take({ job: songJob(2), attempts: [] }, 0);
  await expect(store.append(songJob(2), goodLife(2)[0])).rejects.toBeInstanceOf(Overtaken);
  expect((await books.row()).books).toMatchObject({ account: { id: other, open: 1 } });
});
