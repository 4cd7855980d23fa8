/** Two who have one job in their hands: one song is bought, whoever hears late of what was kept. */
import { expect, test } from 'vitest';
import { Overtaken } from '../../../src/batch/engine/claiming-store.ts';
import { goodLife, songJob } from '../../state/songs.ts';
import { claimingStore, openBooks, openDatabaseAt } from './books.ts';
import { startLossyProxy } from './lossy-proxy.ts';

const job = songJob(1);
const [intended, accepted] = goodLife(1);
const start = { job, attempts: [] };

test('A Run leaves only while the session lives in whose name its intent was kept', async () => {
  const books = await openBooks();
  let session = '1';
  const store = claimingStore(books, books.database, () => session);
  store.take(start, 0);
  await store.append(job, intended);
  expect(store.mayRun(job.id)).toBe(true);
  session = '2';
  expect(store.mayRun(job.id)).toBe(false);
});

test('An intent whose commit was not answered is in the name of the session that sent it', async () => {
  const books = await openBooks();
  const proxy = await startLossyProxy(books.url);
  let session = '1';
  const store = claimingStore(books, await openDatabaseAt(proxy.url), () => session);
  store.take(start, 0);
  const lost = proxy.loseCommit();
  const kept = store.append(job, intended);
  await lost;
  session = '2';
  proxy.mend();
  await kept;
  expect(await books.job(1)).toMatchObject({ session: '1', last: 1 });
  expect(store.mayRun(job.id)).toBe(false);
});

test('Whoever hears of his intent after others have settled it buys nothing', async () => {
  const books = await openBooks();
  const proxy = await startLossyProxy(books.url);
  const late = claimingStore(books, await openDatabaseAt(proxy.url), () => '1');
  late.take(start, 0);
  const lost = proxy.loseCommit();
  const kept = late.append(job, intended).catch((error: unknown) => error);
  await lost;

  const found = await books.job(1);
  const other = claimingStore(books, books.database, () => '2');
  other.take(found?.record ?? start, found?.last ?? 0);
  await other.append(job, { type: 'withdrawn', at: intended.at, why: 'no such task in the list' });
  await other.append(job, intended);
  await other.append(job, accepted);
  proxy.mend();

  expect(await kept).toBeInstanceOf(Overtaken);
  expect((await books.row()).books).toMatchObject({
    account: { open: 1, asking: 0 },
    batch: { events: 4, open: 1, submitted: 1 },
  });
});
