import { describe, expect, test } from 'vitest';
import fc from '../fast-check.ts';
import type { SentParameters } from '../../src/manifest/parameters.ts';
import { callbackToken, callbackUrl } from '../../src/job/callback.ts';
import { matchParameters, settle } from '../../src/job/match.ts';
import type { TaskReport } from '../../src/job/task.ts';

const sent: SentParameters = {
  prompt: '[verse]\nfade\n\n[chorus]\nout',
  audio_prompt_type: 'vocal',
  genre: ['Pop', 'rock'],
  mood: ['adventure, emotion'],
  seed: '42',
};

describe('a task is recognised by the parameters that were sent', () => {
  test.each<[string, Record<string, unknown>]>([
    ['as they were sent', { ...sent }],
    ['with a number for a text', { ...sent, seed: 42 }],
    ['with a list of one for a text', { ...sent, audio_prompt_type: ['vocal'] }],
    ['with lists as JSON', { ...sent, genre: '["Pop","rock"]', mood: '["adventure, emotion"]' }],
    ['with lists joined by commas', { ...sent, genre: 'Pop,rock', mood: 'adventure, emotion' }],
    ['with lists joined by commas and spaces', { ...sent, genre: 'Pop, rock' }],
    ['with other line ends', { ...sent, prompt: '[verse]\r\nfade\r\n\r\n[chorus]\r\nout\n' }],
    ['with spaces at the ends of lines', { ...sent, prompt: '[verse]  \nfade\n\n[chorus]\nout ' }],
    ['with keys of which we know nothing', { ...sent, quality: 'high' }],
  ])('%s', (_, echoed) => {
    expect(matchParameters(sent, echoed)).toBe('exact');
  });

  test('the defaults of the server fit, but not exactly; what another job may want cannot tell', () => {
    expect(matchParameters(sent, { ...sent, timbre: ['bright vocal'] })).toBe('fits');
    expect(matchParameters(sent, { ...sent, timbre: ['raspy vocal'] })).toBe('cannot-tell');
    expect(matchParameters(sent, { ...sent, inputAudioUrl: '' })).toBe('exact');
  });

  test('a parameter has no default for having a name that JavaScript gives a meaning to', () => {
    for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty']) {
      const names = ['seed', name];
      expect(matchParameters(sent, { ...sent, [name]: 'x' }, names)).toBe('cannot-tell');
    }
  });

  test('an echo that was changed on its way is no proof of another task', () => {
    const prompt = "[verse]\nDon't let the morning go, the river knows the way we came along";
    const song = { ...sent, prompt };
    const match = (change: Record<string, unknown>) =>
      matchParameters(song, { ...song, ...change });
    expect(match({ prompt: prompt.replace("'", '&#39;') })).toBe('cannot-tell');
    expect(match({ prompt: prompt.slice(0, 50) })).toBe('cannot-tell');
    expect(match({ genre: { 0: 'Pop', 1: 'rock' } })).toBe('cannot-tell');
    expect(match({ prompt: '[verse]\nAnother song of eight other words entirely' })).toBe(
      'different',
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ['another seed', { ...sent, seed: '43' }],
    ['another order of tags', { ...sent, genre: ['rock', 'Pop'] }],
    ['fewer tags', { ...sent, genre: ['Pop'] }],
    ['one tag where there was a comma', { ...sent, mood: ['adventure', 'emotion'] }],
    ['other lyrics', { ...sent, prompt: '[verse]\nfade' }],
  ])('and %s is another task', (_, echoed) => {
    expect(matchParameters(sent, echoed)).toBe('different');
  });

  test('a list that echoes nothing, or not enough, cannot tell', () => {
    expect(matchParameters(sent, undefined)).toBe('cannot-tell');
    expect(matchParameters(sent, {})).toBe('cannot-tell');
    const { seed: _, ...withoutSeed } = sent;
    expect(matchParameters(sent, withoutSeed)).toBe('cannot-tell');
  });

  test('an empty value may be dropped on the way', () => {
    expect(matchParameters({ seed: '1', inputAudioUrl: '' }, { seed: '1' })).toBe('exact');
  });
});

const intendedAt = 1_700_000_000_000;

function taskOf(id: string, parameters: SentParameters | undefined, secondsLater = 1): TaskReport {
  return {
    id,
    token: `token-${id}`,
    status: 'task_queue',
    state: { kind: 'queued' },
    cost: 0n,
    createdAt: intendedAt / 1000 + secondsLater,
    ...(parameters && { parameters }),
  };
}

const doubtOf = (key: string, parameters: SentParameters, later = 0) => ({
  key,
  sent: parameters,
  intendedAt: intendedAt + later,
});
const noneClaimed = () => false;

const markedUrl = (digit: string) => callbackUrl('https://public.example/hook', digit.repeat(32));

describe('a submission in doubt', () => {
  test('gets the task that was made for it', () => {
    const task = taskOf('7', sent);
    const verdicts = settle(
      [doubtOf('job', sent)],
      [],
      [taskOf('8', { ...sent, seed: '1' }), task],
      noneClaimed,
    );
    expect(verdicts.get('job')).toEqual({ kind: 'adopt', task });
  });

  test('does not get a task that belongs to another job', () => {
    const verdicts = settle([doubtOf('job', sent)], [], [taskOf('7', sent)], (id) => id === '7');
    expect(verdicts.get('job')).toEqual({ kind: 'none' });
  });

  test('does not get a task that was there before: somebody else bought it', () => {
    const verdicts = settle([doubtOf('job', sent)], [], [taskOf('7', sent, -60)], noneClaimed);
    expect(verdicts.get('job')).toEqual({ kind: 'none' });
  });

  test('stays in doubt when a task cannot be compared, unless another one matches', () => {
    const blind = taskOf('7', undefined);
    expect(settle([doubtOf('job', sent)], [], [blind], noneClaimed).get('job')).toEqual({
      kind: 'cannot-tell',
    });
    const seen = taskOf('8', sent, 2);
    expect(settle([doubtOf('job', sent)], [], [blind, seen], noneClaimed).get('job')).toEqual({
      kind: 'adopt',
      task: seen,
    });
  });

  test('does not get the task of a job that sends a parameter more, whatever its name', () => {
    const plain = doubtOf('plain', { prompt: 'a fox' });
    const swept = doubtOf('swept', { prompt: 'a fox', steps: '50' }, 10);
    const task = taskOf('7', swept.sent);
    const verdicts = settle([plain, swept], [], [task], noneClaimed);
    expect(verdicts.get('swept')).toEqual({ kind: 'adopt', task });
    expect(verdicts.get('plain')).toEqual({ kind: 'none' });
  });

  test('of equal ones, each task is adopted once, the oldest by the oldest', () => {
    const tasks = [taskOf('9', sent, 5), taskOf('8', sent, 1)];
    const verdicts = settle(
      [doubtOf('later', sent, 4000), doubtOf('first', sent)],
      [],
      tasks,
      noneClaimed,
    );
    expect(verdicts.get('first')).toMatchObject({ task: { id: '8' } });
    expect(verdicts.get('later')).toMatchObject({ task: { id: '9' } });
  });

  test('leaves to another what fits it better, also while that one is still on its way', () => {
    const small = doubtOf('small', { prompt: 'x', seed: '1' });
    const large = doubtOf('large', { prompt: 'x', seed: '1', mood: ['happy'] }, 500);
    const task = taskOf('7', { prompt: 'x', seed: '1', mood: ['happy'] });
    const both = settle([small, large], [], [task], noneClaimed);
    expect(both.get('large')).toEqual({ kind: 'adopt', task });
    expect(both.get('small')).toEqual({ kind: 'none' });
    expect(settle([small], [large], [task], noneClaimed).get('small')).toEqual({ kind: 'none' });
    // With nobody else to want it, the default that the server added is no difference.
    expect(settle([small], [], [task], noneClaimed).get('small')).toEqual({ kind: 'adopt', task });
  });

  test('knows its own task by the mark that it carried, whatever else the list says', () => {
    const ours = { ...doubtOf('job', sent), callbackUrl: markedUrl('a') };
    const twin = { ...taskOf('7', sent, -5), callbackUrl: markedUrl('b') };
    const unmarked = taskOf('8', sent, 1);
    const mangled = { ...taskOf('9', undefined, -4000), callbackUrl: markedUrl('a') };
    expect(settle([ours], [], [twin, unmarked, mangled], noneClaimed).get('job')).toEqual({
      kind: 'adopt',
      task: mangled,
    });
    const echoed = taskOf('10', { seed: 'cut', callbackUrl: markedUrl('a') });
    const shortened = { ...echoed, callbackUrl: 'https://public.example/hook?song…' };
    expect(settle([ours], [], [shortened], noneClaimed).get('job')).toMatchObject({
      task: shortened,
    });
    expect(settle([ours], [], [unmarked, echoed], noneClaimed).get('job')).toEqual({
      kind: 'adopt',
      task: echoed,
    });
  });

  test('never gets a task that bears the mark of another submission', () => {
    const twin = { ...taskOf('7', sent), callbackUrl: markedUrl('b') };
    const marked = { ...doubtOf('job', sent), callbackUrl: markedUrl('a') };
    expect(settle([marked], [], [twin], noneClaimed).get('job')).toEqual({ kind: 'none' });
    expect(settle([doubtOf('job', sent)], [], [twin], noneClaimed).get('job')).toEqual({
      kind: 'none',
    });
  });

  test('is known by its parameters where the list echoes no marks, or only those of others', () => {
    const marked = { ...doubtOf('job', sent), callbackUrl: markedUrl('a') };
    const task = { ...taskOf('7', sent), callbackUrl: 'https://elsewhere.example/hook' };
    expect(settle([marked], [], [task], noneClaimed).get('job')).toEqual({ kind: 'adopt', task });
  });

  test('never shares a task with another, however many there are of each', () => {
    const parameters = fc.constantFrom<SentParameters>({ seed: '1' }, { seed: '2' }, { seed: '3' });
    fc.assert(
      fc.property(fc.array(parameters), fc.array(parameters), (wanted, made) => {
        const doubts = wanted.map((value, index) => doubtOf(String(index), value));
        const tasks = made.map((value, index) => taskOf(String(index), value));
        const adopted = [...settle(doubts, [], tasks, noneClaimed).values()].flatMap((verdict) =>
          verdict.kind === 'adopt' ? [verdict.task.id] : [],
        );
        expect(new Set(adopted).size).toBe(adopted.length);
        // As many as there are on both sides: none is left in the list while somebody wants it.
        const count = (list: readonly SentParameters[], seed: string) =>
          list.filter((value) => value['seed'] === seed).length;
        const possible = ['1', '2', '3']
          .map((seed) => Math.min(count(wanted, seed), count(made, seed)))
          .reduce((sum, number) => sum + number, 0);
        expect(adopted).toHaveLength(possible);
      }),
    );
  });
});

test('a webhook stays as it was written: somebody may have signed it', () => {
  const token = '0123456789abcdef'.repeat(2);
  const written = 'https://public.example/hook?sig=a%20b~c&flag';
  expect(callbackUrl(written, token)).toBe(`${written}&songbatch=${token}`);
  expect(callbackUrl('https://public.example/hook', token)).toBe(
    `https://public.example/hook?songbatch=${token}`,
  );
  const other = callbackUrl(`https://public.example/?songbatch=${'f'.repeat(32)}&x=1`, token);
  expect(callbackToken(other)).toBe(token);
});

test('a mark is found in a callback URL however it was escaped, and nowhere else', () => {
  const token = 'a'.repeat(32);
  const url = callbackUrl('https://public.example/hook?x=1', token);
  expect(url).toBe(`https://public.example/hook?x=1&songbatch=${token}`);
  expect(callbackToken(url)).toBe(token);
  expect(callbackToken(`/hook?x=1&songbatch=${token}`)).toBe(token);
  expect(callbackToken(`https://a.example/?url=${encodeURIComponent(url)}`)).toBe(token);
  expect(callbackToken(`/hook?songbatch=${token}0`)).toBeUndefined();
  expect(callbackToken('/hook?songbatch=abc')).toBeUndefined();
  expect(callbackToken('You can provide a callback URL')).toBeUndefined();
});
