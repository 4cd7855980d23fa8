/**
 * A client of the API as somebody else would write it, from the public docs and from what the vendor's
 * own client does: it shares no line with `src/`, so that both sides cannot be wrong in the same way.
 *
 *   numbers go out and come back as strings; a Detail or a Kill names a task by id or by token, a
 *   Cancel by id only; a wait ends with `task_postprocess_end`, `task_cancel` or `task_error`, and
 *   `pexit` "0" alone is success.
 */
import { createHmac } from 'node:crypto';

export type Reference = { readonly taskid: string } | { readonly tasktoken: string };

interface ForeignOutput {
  readonly name: string;
  readonly contenttype: string;
  readonly size: string;
  readonly url: string;
}

interface ForeignTask {
  readonly id: string;
  readonly socketaccesstoken: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly pexit: string;
  readonly debugerror: string;
  readonly elapsedseconds: string;
  readonly totalcost: string;
  readonly outputs: readonly ForeignOutput[];
}

interface ForeignModel {
  readonly title: string;
  readonly cleanslugowner: string;
  readonly cleanslugproject: string;
  readonly categories: readonly string[];
  readonly cps: string;
  readonly approximatelycost: string;
  readonly dynamicprice: string | null;
  readonly parameters:
    | readonly {
        readonly title: string;
        readonly items: readonly {
          readonly id: string;
          readonly type: string;
          readonly required: boolean;
          readonly default: string;
          readonly options: readonly { readonly label: string; readonly value: string }[] | null;
        }[];
      }[]
    | null;
}

interface ForeignAnswer {
  readonly result: boolean;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
  readonly taskid: string;
  readonly socketaccesstoken: string;
  readonly total: string;
  readonly tasklist: readonly ForeignTask[];
  readonly tool: readonly ForeignModel[];
  readonly list: readonly ForeignOutput[];
}

export type State = 'running' | 'completed' | 'failed' | 'cancelled';

export function stateOf({ status, pexit }: ForeignTask): State {
  if (status === 'task_cancel') return 'cancelled';
  if (status === 'task_error') return 'failed';
  if (status !== 'task_postprocess_end') return 'running';
  return pexit === '0' ? 'completed' : 'failed';
}

/** Every call rejects with the server's words when it says no. */
export class ForeignClient {
  readonly #base: string;
  readonly #key: string;
  readonly #secret: string | undefined;

  constructor(base: string, key: string, secret?: string) {
    this.#base = base;
    this.#key = key;
    this.#secret = secret;
  }

  run(model: string, parameters: object): Promise<ForeignAnswer> {
    return this.#ask(`Run/${model}`, parameters);
  }

  async task(reference: Reference): Promise<ForeignTask> {
    return one((await this.#ask('Task/Detail', reference)).tasklist);
  }

  async wait(reference: Reference): Promise<ForeignTask> {
    for (;;) {
      const task = await this.task(reference);
      if (stateOf(task) !== 'running') return task;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  list(start: number, limit: number, modelName?: string): Promise<ForeignAnswer> {
    return this.#ask('Task/List', {
      type: 'model',
      sort: 'id',
      order: 'DESC',
      start: String(start),
      limit: String(limit),
      ...(modelName !== undefined && { modelName }),
    });
  }

  async cancel(reference: Reference): Promise<ForeignAnswer> {
    const taskid = 'taskid' in reference ? reference.taskid : (await this.task(reference)).id;
    return this.#ask('Task/Cancel', { taskid });
  }

  kill(reference: Reference): Promise<ForeignAnswer> {
    return this.#ask(
      'Task/Kill',
      'taskid' in reference ? reference : { socketaccesstoken: reference.tasktoken },
    );
  }

  async model(name: string): Promise<ForeignModel> {
    const [slugowner, slugproject] = name.split('/');
    return one((await this.#ask('Tool/Detail', { slugowner, slugproject })).tool);
  }

  async upload(content: Blob, name: string): Promise<ForeignOutput> {
    const form = new FormData();
    form.append('file', content, name);
    return one((await this.#send('File/Upload', form, {})).list);
  }

  #ask(path: string, body: object): Promise<ForeignAnswer> {
    return this.#send(path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  async #send(
    path: string,
    body: string | FormData,
    headers: Record<string, string>,
  ): Promise<ForeignAnswer> {
    const response = await fetch(`${this.#base}/${path}`, {
      method: 'POST',
      headers: { ...headers, 'x-api-key': this.#key, ...this.#signature() },
      body,
    });
    const answer = (await response.json()) as ForeignAnswer;
    if (response.ok && answer.result) return answer;
    const words = answer.errors.map(({ code, message }) => `${code} ${message}`).join(', ');
    throw new Error(`HTTP ${response.status}: ${words}`);
  }

  #signature(): Record<string, string> {
    if (this.#secret === undefined) return {};
    const nonce = Date.now().toString();
    const signature = createHmac('sha256', this.#key).update(this.#secret + nonce);
    return { 'x-nonce': nonce, 'x-signature': signature.digest('hex') };
  }
}

function one<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('the answer shows nothing');
  return first;
}
