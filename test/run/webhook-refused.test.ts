/** A webhook is a convenience: where the API takes none, songs are made all the same. */
import { expect, test } from 'vitest';
import type { NamePart } from '../../src/manifest/manifest.ts';
import { seeds } from '../plan/manifests.ts';
import { accepted, openAccount, runOn } from './account.ts';
import { emptyDisk, recordsOn } from './memory-store.ts';

const bySeed = (...numbers: number[]) => ({
  axes: [seeds(...numbers)],
  output: { dir: '/out', name: [{ axis: 'seed' }] as readonly NamePart[] },
});

const webhook = 'https://ci.example.com/hook';
const refused = { kind: 'refused', code: 0, message: 'Request parameters are invalid.' } as const;

test('a Run that is refused with a callback URL is sent without, and so are the others', async () => {
  const account = openAccount();
  const sent: string[] = [];
  account.run = (make, { callbackUrl }) => {
    sent.push(callbackUrl === undefined ? 'plain' : 'with');
    return callbackUrl === undefined ? accepted(make()) : refused;
  };
  const disk = emptyDisk();
  const settings = { webhook, tasks: 1 };
  const { outcome, troubles } = await runOn(account, disk, bySeed(1, 2, 3), settings);
  expect(outcome).toMatchObject({ tally: { done: 3, failed: 0 } });
  expect(sent).toEqual(['with', 'plain', 'plain', 'plain']);
  expect(troubles).toEqual([
    'the API takes no callback URL (code 0: Request parameters are invalid.): the webhook will not be called',
  ]);
  expect([...recordsOn(disk).values()].map(({ attempts }) => attempts.length)).toEqual([1, 1, 1]);
});

test('a job that is refused without one as well has itself to blame', async () => {
  const account = openAccount();
  const sent: string[] = [];
  account.run = (make, { seed, callbackUrl }) => {
    sent.push(`${String(seed)} ${callbackUrl === undefined ? 'plain' : 'with'}`);
    return seed === '1' ? refused : accepted(make());
  };
  const { outcome, troubles } = await runOn(account, emptyDisk(), bySeed(1, 2, 3), {
    webhook,
    tasks: 1,
  });
  expect(outcome).toMatchObject({ tally: { done: 2, failed: 1 } });
  expect(sent).toEqual(['1 with', '1 plain', '2 with', '3 with']);
  expect(troubles).toEqual([]);
});

test('where callback URLs have been taken, a refusal is the job’s own', async () => {
  const account = openAccount();
  const sent: string[] = [];
  account.run = (make, { seed }) => {
    sent.push(String(seed));
    return seed === '2' ? refused : accepted(make());
  };
  await runOn(account, emptyDisk(), bySeed(1, 2, 3), { webhook, tasks: 1 });
  expect(sent).toEqual(['1', '2', '3']);
});
