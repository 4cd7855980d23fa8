/**
 * What a song costs, asked before anything is bought. That is also what finds out about wrong
 * credentials. But a price is no condition: songs that are paid for wait to be brought home, and where
 * the price is not known the budget admits one task at a time (`job/budget.ts`).
 */
import { ApiFault } from '../job/api-fault.ts';
import type { Picodollars } from '../job/money.ts';
import type { Service } from './service.ts';
import { noAnswer } from './service.ts';
import { UsageError } from './usage-error.ts';

export interface PriceQuestion {
  readonly service: Service;
  readonly model: string;
  /** Whether anything is in flight: then the run goes on even where nothing more can be bought. */
  readonly isUnderWay: boolean;
  readonly interrupt: AbortSignal;
  readonly warn: (message: string) => void;
}

/** Undefined where it cannot be had. Throws `ApiFault` or `UsageError` where nothing can be had at all. */
export async function askPrice(question: PriceQuestion): Promise<Picodollars | undefined> {
  const { service, model, interrupt, warn } = question;
  const patience = AbortSignal.timeout(service.patience);
  const signal = AbortSignal.any([patience, interrupt]);
  try {
    const { perTask } = await service.api.price(model, signal);
    return perTask;
  } catch (error) {
    // The run ends by itself.
    if (interrupt.aborted) return undefined;
    const why = patience.aborted ? noAnswer(service) : await whyWithout(error, question, signal);
    warn(`the price of a song is not known: ${why}; going on without it`);
    return undefined;
  }
}

/** Throws again what leaves no hope for the run. */
async function whyWithout(
  error: unknown,
  { service, model, isUnderWay }: PriceQuestion,
  signal: AbortSignal,
): Promise<string> {
  if (!(error instanceof ApiFault)) throw error;
  if (isUnderWay) return error.message;
  switch (error.kind) {
    case 'denied':
      throw error;
    case 'refused':
      // With the wrong base URL every single job would be refused, and count as failed.
      if (await refusesAll(service, model, signal)) {
        throw new UsageError(
          `${service.url} does not serve ${model}: ${error.message}`,
          'check WIRO_BASE_URL (or baseUrl in the configuration) and the model',
        );
      }
      return error.message;
    case 'unreachable':
      return error.message;
  }
}

async function refusesAll({ api }: Service, model: string, signal: AbortSignal): Promise<boolean> {
  try {
    await api.tasks(model, { start: 0, limit: 1 }, signal);
    return false;
  } catch (error) {
    return error instanceof ApiFault && error.kind === 'refused';
  }
}
