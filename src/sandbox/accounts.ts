/**
 * What each account has bought and has in flight. Counted as it happens: a Run of an account with a
 * million tasks is answered as fast as its first.
 */
import type { AccountState } from './allowance.ts';
import { twelveDecimals } from './price.ts';
import type { Task } from './task.ts';

export interface BookedAccount {
  /** A hash of its API key. */
  readonly account: string;
  readonly created: number;
  /** Tasks that have not ended, now and at the most. */
  readonly inFlight: number;
  readonly peak: number;
  /** USD, twelve decimals. */
  readonly billed: string;
  /** What is left, likewise; absent where balances have no end. */
  readonly balance?: string;
}

interface Account {
  /** Oldest first. */
  readonly tasks: Task[];
  /** The same, by model. */
  readonly byModel: Map<string, Task[]>;
  inFlight: number;
  peak: number;
  billed: bigint;
}

/** So many accounts are told of: where no key is asked for, anybody can make more. */
const shownAccounts = 100;

export class Accounts {
  readonly #startBalance: bigint | undefined;
  readonly #accounts = new Map<string, Account>();

  /** @param startBalance what every account has before its first task, in 1e-12 USD */
  constructor(startBalance: bigint | undefined) {
    this.#startBalance = startBalance;
  }

  /** The tasks of an account, oldest first: of those models whose names have this in them. */
  tasksOf(account: string, modelPart = ''): readonly Task[] {
    const { tasks, byModel } = this.#accounts.get(account) ?? newAccount();
    const wanted = [...byModel.keys()].filter((model) => model.includes(modelPart));
    const [first, ...more] = wanted;
    if (first === undefined) return [];
    if (wanted.length === byModel.size) return tasks;
    return more.length === 0
      ? (byModel.get(first) ?? [])
      : tasks.filter(({ model }) => wanted.includes(model));
  }

  stateOf(account: string): AccountState {
    const known = this.#accounts.get(account);
    return { balance: this.#balanceOf(known), inFlight: known?.inFlight ?? 0 };
  }

  /** A task is in flight from its creation on. */
  add(task: Task): void {
    const account = this.#accounts.get(task.account) ?? newAccount();
    this.#accounts.set(task.account, account);
    account.tasks.push(task);
    const ofModel = account.byModel.get(task.model);
    if (ofModel) ofModel.push(task);
    else account.byModel.set(task.model, [task]);
    account.inFlight++;
    account.peak = Math.max(account.peak, account.inFlight);
  }

  /** The task ended, and this is its bill. */
  settle(task: Task, cost: bigint): void {
    const account = this.#accounts.get(task.account);
    if (!account) return;
    account.inFlight--;
    account.billed += cost;
  }

  books(): BookedAccount[] {
    return this.#accounts
      .entries()
      .take(shownAccounts)
      .map(([id, account]) => {
        const balance = this.#balanceOf(account);
        return {
          account: id,
          created: account.tasks.length,
          inFlight: account.inFlight,
          peak: account.peak,
          billed: twelveDecimals(account.billed),
          ...(balance !== undefined && { balance: twelveDecimals(balance) }),
        };
      })
      .toArray();
  }

  #balanceOf(account: Account | undefined): bigint | undefined {
    if (this.#startBalance === undefined) return undefined;
    return this.#startBalance - (account?.billed ?? 0n);
  }
}

function newAccount(): Account {
  return { tasks: [], byModel: new Map(), inFlight: 0, peak: 0, billed: 0n };
}
