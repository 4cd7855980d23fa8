/**
 * Whose tasks a state holds. The task list of one account never shows the tasks of another, so with the
 * wrong key a song in flight would be reported as unknown, and a submission in doubt would be bought
 * once more. The state therefore remembers where and with which key the last run worked: the base URL,
 * and of the key nothing but a salted hash, by which the same key is recognised and no other is found.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Store, StoreReader } from '../job/store.ts';
import { openStages } from '../run/standing.ts';
import { UsageError } from './usage-error.ts';

export interface Account {
  /** Without credentials and query. */
  readonly url: string;
  readonly key: string;
}

const urlFact = 'account-url';
const keyFact = 'account-key';

/**
 * Throws `UsageError` where tasks are in flight that this account may not show; otherwise it is the
 * account of the state from now on.
 *
 * @param sameAccount the user's word: key or URL are new, the account is the same
 * @param state the state file as the user would type it
 */
export async function settleAccount(
  store: Store,
  account: Account,
  sameAccount: boolean,
  state: string,
): Promise<void> {
  const knownUrl = store.fact(urlFact);
  const knownKey = store.fact(keyFact);
  const changes: string[] = [];
  if (knownUrl !== undefined && knownUrl !== account.url) {
    changes.push(`the base URL was ${knownUrl} and is ${account.url} now`);
  }
  const isOtherKey = knownKey !== undefined && !isKey(knownKey, account.key);
  if (isOtherKey) changes.push('the API key is another one');

  const open = countOpen(store);
  if (changes.length > 0 && open > 0 && !sameAccount) {
    throw new UsageError(
      `${changes.join(', and ')}, while ${open === 1 ? 'one job' : `${open} jobs`} of ${state} ${open === 1 ? 'is' : 'are'} in flight or in doubt: another account does not show the tasks, and they could be paid for twice`,
      'go on with the key and URL of the last run or, if the account is the same, say --same-account',
    );
  }
  await Promise.all([
    ...(knownUrl === account.url ? [] : [store.setFact(urlFact, account.url)]),
    ...(knownKey === undefined || isOtherKey ? [store.setFact(keyFact, digest(account.key))] : []),
  ]);
}

/** Jobs that were paid for, or may have been, and whose songs are not home yet. */
export function countOpen(store: StoreReader): number {
  const { jobs } = store.counts();
  return openStages.reduce((sum, stage) => sum + jobs[stage], 0);
}

function isKey(known: string, key: string): boolean {
  const [salt = ''] = known.split(':');
  return known === digest(key, salt);
}

function digest(key: string, salt = randomBytes(8).toString('hex')): string {
  const fingerprint = createHmac('sha256', salt).update(key).digest('hex').slice(0, 16);
  return `${salt}:${fingerprint}`;
}
