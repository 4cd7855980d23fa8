/**
 * A model of which neither songbatch nor a file tells anything is asked about before its batch is planned:
 * so that what it does not understand is found before anything is bought. A plan or run goes on without an
 * answer.
 */
import { ApiFault } from '../job/api-fault.ts';
import type { ModelDescription } from '../manifest/model.ts';
import type { Config } from './config.ts';
import { chooseService, connect, noAnswer } from './service.ts';
import type { Surroundings } from './surroundings.ts';

export type AskAboutModel = (model: string) => Promise<AboutModel>;

export type AboutModel =
  | { readonly kind: 'described'; readonly description: ModelDescription }
  | { readonly kind: 'no-such-model'; readonly why: string }
  /** One clause, for the user to read. */
  | { readonly kind: 'unknown'; readonly why: string };

/** One call suffices; the limit is the manifest's, which is not known yet. */
const requestsPerSecond = 1;

export function askAboutModel(
  useSandbox: boolean,
  config: Config,
  { environment, tell }: Pick<Surroundings, 'environment' | 'tell'>,
): AskAboutModel {
  return async (model) => {
    if (useSandbox) return unknown('the embedded server knows it only from a file');
    if (!environment['WIRO_API_KEY']) {
      return unknown('WIRO_API_KEY is not set, so the API was not asked');
    }
    const choice = chooseService(false, config, environment);
    const service = await connect(choice, requestsPerSecond, { tell });
    const patience = AbortSignal.timeout(service.patience);
    try {
      const description = await service.describe(model, patience);
      if (!description) {
        return { kind: 'no-such-model', why: `${service.url} has no such model` };
      }
      if (description.parameters.length === 0) return unknown('the API lists no parameters of it');
      return { kind: 'described', description };
    } catch (error) {
      if (patience.aborted) return unknown(noAnswer(service));
      if (error instanceof ApiFault) return unknown(error.message);
      throw error;
    } finally {
      await service.close();
    }
  };
}

function unknown(why: string): AboutModel {
  return { kind: 'unknown', why };
}
