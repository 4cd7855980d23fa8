/**
 * Buying a song, in the order that keeps the promise: intent on disk, then POST Run, then the task id
 * on disk, then everything else. A Run whose answer is lost is never sent again before the task list
 * has been looked through (`settler.ts`).
 */
import type { ParameterName, SentParameters } from '../manifest/parameters.ts';
import { isLocalFile } from '../manifest/parameters.ts';
import { ApiFault, apiReasonOf } from '../job/api-fault.ts';
import type { Failure } from '../job/failure.ts';
import type { JobEvent, JobRecord } from '../job/history.ts';
import type { Job, JobId } from '../job/job.ts';
import { isPassing } from '../job/next-step.ts';
import { NoRoom } from '../job/no-room.ts';
import type { RunAnswer } from '../job/song-api.ts';
import type { Admission } from './admission.ts';
import type { StopReason } from './events.ts';
import type { Gate } from './gate.ts';
import type { JobPorts } from './ports.ts';
import type { SentRun } from './settler.ts';
import type { UrlOf } from './uploads.ts';

export type Submitted =
  /** There is a task, or a final no: the record says which. */
  | { readonly kind: 'answered'; readonly record: JobRecord }
  /** A task may exist. `doubtedAt`: the last moment at which the Run may have been on its way. */
  | {
      readonly kind: 'doubt';
      readonly record: JobRecord;
      readonly doubtedAt: number;
      readonly message: string;
    }
  /** The gate closed first: nothing was bought. */
  | { readonly kind: 'not-submitted' };

export interface Submitter {
  readonly submit: (record: JobRecord) => Promise<Submitted>;
  /** POST Run requests sent so far. */
  readonly count: () => number;
  /** As many jobs were submitted as this run may. */
  readonly isExhausted: () => boolean;
}

type Urls = Readonly<Partial<Record<ParameterName, string>>>;

type FoundUrls =
  /** They stand for a job's local files. */
  | { readonly kind: 'urls'; readonly urls: Urls }
  /** The API does not take one of the files: no reason to keep other jobs waiting. */
  | { readonly kind: 'never'; readonly failure: Failure }
  | { readonly kind: 'not-now' };

/** Milliseconds between tries while the API cannot be reached, and how long before giving up. */
const firstPause = 500;
const longestPause = 15_000;
const giveUpAfter = 120_000;
const fewestInVain = 5;

export interface SubmitterOptions {
  readonly gate: Gate;
  readonly admission: Admission;
  /** Jobs that may be submitted in this run, attempts not counted. */
  readonly maxJobs: number;
  /** Told of a Run that is on its way; what it returns is called when that is answered. */
  readonly sending: (model: string, run: SentRun) => () => void;
  readonly onThrottled: (limit: number, message: string) => void;
  /** No Run is sent for so many milliseconds. */
  readonly onPaused: (pause: number, message: string) => void;
  readonly onTrouble: (message: string) => void;
  /** The URL that stands for a local file (`uploads.ts`). */
  readonly urlOf: UrlOf;
}

export function createSubmitter(
  { api, store, clock, callbackUrl: newCallbackUrl, mayRun = () => true }: JobPorts,
  { gate, admission, maxJobs, sending, onThrottled, onPaused, onTrouble, urlOf }: SubmitterOptions,
): Submitter {
  /** Kept only where it counts: a run may have a million jobs. */
  const submitted = new Set<JobId>();
  let count = 0;
  let failingSince: number | undefined;
  let inVain = 0;
  let pause = firstPause;
  /** Whether Runs may carry a callback URL: until one was accepted, a refusal may be meant for that. */
  let callbacks: 'untried' | 'taken' | 'refused' = 'untried';
  /** Refused with one, by why; to be sent without. */
  const plain = new Map<JobId, string>();

  async function submit(record: JobRecord): Promise<Submitted> {
    const { job } = record;
    if (!submitted.has(job.id) && submitted.size >= maxJobs) return { kind: 'not-submitted' };
    if (maxJobs < Infinity) submitted.add(job.id);
    while (await admission.admit()) {
      const outcome = await attempt(record);
      if (outcome === 'not-now') break;
      if (outcome) return outcome;
    }
    return { kind: 'not-submitted' };
  }

  /** Undefined: nothing was bought, and it may be tried again; `not-now`: it may not. */
  async function attempt(record: JobRecord): Promise<Submitted | 'not-now' | undefined> {
    const { job } = record;
    let isUnanswered = true;
    const answered = () => {
      if (isUnanswered) admission.answered();
      isUnanswered = false;
    };
    let isKnown: (() => void) | undefined;
    try {
      const found = await urlsFor(record);
      // While files were uploaded somebody may have called a halt.
      if (found.kind === 'not-now' || gate.closed()) {
        answered();
        admission.release(0n);
        return 'not-now';
      }
      if (found.kind === 'never') {
        const failed = await failUnsent(job, found.failure);
        answered();
        admission.release(0n);
        return { kind: 'answered', record: failed };
      }
      const { urls } = found;
      const sent = sentParameters(job, urls);
      const isPlain = callbacks === 'refused' || plain.has(job.id);
      const callbackUrl = isPlain ? undefined : newCallbackUrl?.();
      const intendedAt = clock.now();
      const skew = api.clockSkew();
      const intent = await intend(job, {
        type: 'intended',
        at: intendedAt,
        ...(Object.keys(urls).length > 0 && { uploads: urls }),
        ...(skew !== undefined && { skew }),
        ...(callbackUrl !== undefined && { callbackUrl }),
      });
      if (!intent) {
        answered();
        admission.release(0n);
        return undefined;
      }
      isKnown = sending(job.model, { id: job.id, sent, intendedAt, callbackUrl });
      const body = callbackUrl === undefined ? sent : { ...sent, callbackUrl };
      // Once the gate is closed, what still waits for its turn is not sent.
      const answer = await api.run(job.model, body, gate.signal, () => mayRun(job.id));
      if (answer.kind !== 'not-sent') count++;
      answered();
      return await take(intent, answer);
    } finally {
      // Not before the task id is on disk: until then nothing else says whose task it is.
      isKnown?.();
      // Also where the job is in other hands: it must not keep a place for ever.
      answered();
    }
  }

  /** Undefined: others have taken the room that admission saw. */
  async function intend(job: Job, event: JobEvent): Promise<JobRecord | undefined> {
    try {
      return await store.append(job, event);
    } catch (error) {
      if (error instanceof NoRoom) return undefined;
      throw error;
    }
  }

  /** Undefined: nothing was bought, and it may be tried again. */
  async function take(intent: JobRecord, answer: RunAnswer): Promise<Submitted | undefined> {
    const { job, attempts } = intent;
    const hasCallback = attempts.at(-1)?.callbackUrl !== undefined;
    const at = clock.now();
    switch (answer.kind) {
      case 'accepted': {
        reached();
        learnOfCallbacks(job, hasCallback);
        const { taskId, token } = answer;
        const event = { type: 'accepted', at, taskId, token, adopted: false } as const;
        return { kind: 'answered', record: await store.append(job, event) };
      }
      case 'unknown':
        // Where nothing else comes back it is no use to go on.
        holdBack(`the API does not answer: ${answer.message}`);
        return { kind: 'doubt', record: intent, doubtedAt: at, message: answer.message };
      case 'not-sent': {
        const isHeldBack = gate.closed() !== undefined || !mayRun(job.id);
        await store.append(job, { type: 'withdrawn', at, why: answer.message });
        admission.release(0n);
        if (!isHeldBack) holdBack(`the API cannot be reached: ${answer.message}`);
        return undefined;
      }
      case 'refused': {
        const why = `code ${answer.code}: ${answer.message}`;
        const reaction = reactTo(answer.code, answer.message);
        if (reaction !== 'pause' && reaction !== 'fail') reached();
        if (reaction === 'fail') {
          const failure = {
            reason: 'rejected',
            code: answer.code,
            message: answer.message,
          } as const;
          const isInvalid = apiReasonOf(answer.code) === 'general' && !isPassing(failure);
          if (isInvalid && hasCallback && callbacks !== 'taken') {
            await store.append(job, { type: 'withdrawn', at, why });
            admission.release(0n);
            plain.set(job.id, why);
            return undefined;
          }
          const record = await store.append(job, { type: 'failed', at, failure, cost: 0n });
          admission.release(0n);
          // A server that has a bad moment must not use up every job's attempts in it.
          if (isPassing(failure)) gate.pauseUntil(at + nextPause());
          return { kind: 'answered', record };
        }
        // First of all: the place that is given back here is nobody's to try once more in vain.
        if (typeof reaction === 'object') gate.close(reaction);
        await store.append(job, { type: 'withdrawn', at, why });
        admission.release(0n);
        if (reaction === 'throttle') onThrottled(admission.refused(answer.message), answer.message);
        else if (reaction === 'pause')
          holdBack(`the API refuses more requests: ${answer.message}`, answer.retryAfter);
        return undefined;
      }
    }
  }

  /** In one commit: an intent by itself would say that a task may exist. */
  async function failUnsent(job: Job, failure: Failure): Promise<JobRecord> {
    const at = clock.now();
    const [, record] = await Promise.all([
      store.append(job, { type: 'intended', at }),
      store.append(job, { type: 'failed', at, failure, cost: 0n }),
    ]);
    return record;
  }

  function learnOfCallbacks(job: Job, hasCallback: boolean): void {
    const refusal = plain.get(job.id);
    if (hasCallback) callbacks = 'taken';
    else if (refusal !== undefined && callbacks === 'untried') {
      callbacks = 'refused';
      onTrouble(`the API takes no callback URL (${refusal}): the webhook will not be called`);
    }
  }

  function reached(): void {
    failingSince = undefined;
    inVain = 0;
    pause = firstPause;
  }

  /** @param wanted milliseconds that the server wants to be left alone */
  function holdBack(message: string, wanted = 0): void {
    const now = clock.now();
    failingSince ??= now;
    inVain++;
    const isInVain =
      (now - failingSince >= giveUpAfter && inVain >= fewestInVain) || wanted > giveUpAfter;
    if (isInVain) gate.close({ kind: 'unreachable', message });
    const wait = Math.max(nextPause(), wanted);
    gate.pauseUntil(now + wait);
    if (!isInVain) onPaused(wait, message);
  }

  function nextPause(): number {
    const current = pause;
    pause = Math.min(pause * 2, longestPause);
    return current;
  }

  async function urlsFor({ job, attempts }: JobRecord): Promise<FoundUrls> {
    const urls: Partial<Record<ParameterName, string>> = {};
    const suspects: Urls = attempts.at(-1)?.uploads ?? {};
    try {
      for (const [key, source] of Object.entries(job.parameters)) {
        const name = key as ParameterName;
        if (isLocalFile(source)) urls[name] = await urlOf(source, suspects[name]);
      }
      return { kind: 'urls', urls };
    } catch (error) {
      if (gate.closed()) return { kind: 'not-now' };
      if (!(error instanceof ApiFault)) throw error;
      const { code = 0, message } = error;
      const failure = { reason: 'rejected', code, message } as const;
      if (error.kind === 'refused' && !isPassing(failure)) return { kind: 'never', failure };
      const kind = error.kind === 'denied' ? 'denied' : 'unreachable';
      gate.close({ kind, message: `a reference song cannot be uploaded: ${error.message}` });
      return { kind: 'not-now' };
    }
  }

  return { submit, count: () => count, isExhausted: () => submitted.size >= maxJobs };
}

/** What was, or would be, sent for a job; the callback URL, which is of one attempt, aside. */
export function sentParameters(job: Job, urls: Urls): SentParameters {
  const sent: Record<string, SentParameters[string]> = {};
  for (const [name, source] of Object.entries(job.parameters)) {
    if (isLocalFile(source)) sent[name] = urls[name as ParameterName] ?? '';
    else sent[name] = source;
  }
  return sent;
}

/** Wiro's codes: see `wiro-api` notes in ARCHITECTURE.md. */
function reactTo(code: number, message: string): 'fail' | 'throttle' | 'pause' | StopReason {
  switch (code) {
    case 96:
      return 'throttle';
    case 429:
      return 'pause';
    case 97:
      return { kind: 'balance', message: `the account's balance is used up: ${message}` };
    case 98:
    case 99:
    case 401:
      return { kind: 'denied', message: `the API does not accept the credentials: ${message}` };
    default:
      return 'fail';
  }
}
