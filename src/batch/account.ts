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
/** Of a state that was merged, one digest for each part that had tasks in flight: the key must fit them all. */
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
export function countOpen(store: Pick<StoreReader, 'counts'>): number {
  const { jobs } = store.counts();
  return openStages.reduce((sum, stage) => sum + jobs[stage], 0);
}

/** A state that is merged with others. */
export interface Part {
  /** As the user would type it. */
  readonly shownAs: string;
  readonly facts: ReadonlyMap<string, string>;
  /** Jobs in flight or in doubt. */
  readonly open: number;
}

/**
 * Whose tasks the states hold together, as facts. Throws `UsageError` where tasks are in flight at two
 * addresses. Keys cannot be compared, for each state has its own salt: the next run holds its key
 * against all of them.
 */
export function joinAccounts(parts: readonly Part[]): ReadonlyMap<string, string> {
  const underWay = parts.filter(({ open }) => open > 0);
  const [first, ...others] = underWay;
  const other = others.find(({ facts }) => facts.get(urlFact) !== first?.facts.get(urlFact));
  if (first && other) {
    const [one, two] = [first, other].map(({ facts }) => facts.get(urlFact) ?? 'an unknown URL');
    throw new UsageError(
      `jobs of ${first.shownAs} are in flight at ${one}, jobs of ${other.shownAs} at ${two}: one account does not show the tasks of another`,
      'go on with one of them until nothing is in flight (songbatch run ... --out), and merge then',
    );
  }
  const speaking = first ? underWay : parts.slice(0, 1);
  const url = speaking[0]?.facts.get(urlFact);
  const keys = new Set(speaking.flatMap(({ facts }) => facts.get(keyFact)?.split(' ') ?? []));
  return new Map([
    ...(url === undefined ? [] : [[urlFact, url] as const]),
    ...(keys.size === 0 ? [] : [[keyFact, [...keys].join(' ')] as const]),
  ]);
}

function isKey(known: string, key: string): boolean {
  return known.split(' ').every((one) => one === digest(key, one.split(':')[0]));
}

function digest(key: string, salt = randomBytes(8).toString('hex')): string {
  const fingerprint = createHmac('sha256', salt).update(key).digest('hex').slice(0, 16);
  return `${salt}:${fingerprint}`;
}
