/** What stays of a submission that comes to nothing because somebody else has the job. */
import { expect, test } from 'vitest';
import { NoRoom } from '../../src/job/no-room.ts';
import type { JobEvent } from '../../src/job/history.ts';
import type { RunAnswer, SongApi } from '../../src/job/song-api.ts';
import { createGate, type Gate } from '../../src/run/gate.ts';
import { createSubmitter } from '../../src/run/submission.ts';
import type { JobPorts } from '../../src/run/ports.ts';
import { songJob } from '../state/songs.ts';
import { createVirtualClock } from './virtual-clock.ts';

const record = { job: songJob(1), attempts: [] };

const accepted: RunAnswer = { kind: 'accepted', taskId: '7', token: 'token' };

/** @param append answers each event in turn: with an error, or with a record that has an intent */
function submitterOn(
  append: (event: JobEvent, gate: Gate) => Error | undefined,
  answer: RunAnswer = accepted,
) {
  const clock = createVirtualClock(1_795_305_600_000);
  const gate = createGate(clock, () => undefined);
  const counts = { unanswered: 0, sending: 0, runs: 0 };
  const api: Pick<SongApi, 'run' | 'clockSkew'> = {
    clockSkew: () => undefined,
    run: (_model, _parameters, _signal, mayLeave) => {
      if (mayLeave?.() === false)
        return Promise.resolve({ kind: 'not-sent', message: 'held back' });
      counts.runs++;
      return Promise.resolve(answer);
    },
  };
  const never = () => {
    throw new Error('nobody asks for this');
  };
  const ports: JobPorts = {
    api: {
      ...api,
      task: never,
      tasks: never,
      cancel: never,
      kill: never,
      price: never,
      upload: never,
      close: never,
    },
    store: {
      append: (job, event) => {
        const error = append(event, gate);
        if (error) return Promise.reject(error);
        return Promise.resolve({
          job,
          attempts: [{ stage: 'intended', number: 1, intendedAt: event.at }],
        });
      },
    },
    clock,
    outputs: { fetch: never, isPresent: never, missingOf: never },
    emit: never,
  };
  const submitter = createSubmitter(ports, {
    gate,
    admission: {
      admit: () => {
        counts.unanswered++;
        return Promise.resolve(true);
      },
      answered: () => {
        counts.unanswered--;
      },
      lineGone: never,
      readmit: never,
      forsake: never,
      release: () => undefined,
      refused: never,
    },
    maxJobs: Infinity,
    sending: () => {
      counts.sending++;
      return () => {
        counts.sending--;
      };
    },
    onThrottled: never,
    onPaused: never,
    onTrouble: never,
    urlOf: never,
  });
  return { submitter, counts };
}

const inOtherHands = new Error('it is in other hands');

test('A job that is in other hands keeps no place, before and after its Run', async () => {
  const before = submitterOn(() => inOtherHands);
  await expect(before.submitter.submit(record)).rejects.toBe(inOtherHands);
  expect(before.counts).toEqual({ unanswered: 0, sending: 0, runs: 0 });

  const answers = [undefined, inOtherHands];
  const after = submitterOn(() => answers.shift());
  await expect(after.submitter.submit(record)).rejects.toBe(inOtherHands);
  expect(after.counts).toEqual({ unanswered: 0, sending: 0, runs: 1 });
});

test('Where there is no room it is tried again, and sends one Run', async () => {
  const answers = [new NoRoom('full'), new NoRoom('full')];
  const { submitter, counts } = submitterOn(() => answers.shift());
  expect(await submitter.submit(record)).toMatchObject({ kind: 'answered' });
  expect(counts).toEqual({ unanswered: 0, sending: 0, runs: 1 });
});

test('Nobody submits once more in the place of a Run that the account cannot pay', async () => {
  const told: unknown[] = [];
  const { submitter, counts } = submitterOn(
    (event, gate) => void told.push([event.type, gate.closed()?.kind]),
    { kind: 'refused', code: 97, message: 'Insufficient balance' },
  );
  await submitter.submit(record);
  // The place is free with the latter.
  expect(told).toEqual([
    ['intended', undefined],
    ['withdrawn', 'balance'],
  ]);
  expect(counts.runs).toBe(1);
});
