/** The task list is what settles a lost Run: whatever it looks like, nothing is bought twice. */
import { describe, expect, test } from 'vitest';
import type { Answer, Meddling, Reply } from '../cli/meddler.ts';
import { manifestText } from '../cli/rig.ts';
import type { BatchOptions, RawTask, Situation } from './faulty-batch.ts';
import {
  expectAllHome,
  expectWhole,
  inEverySituation,
  isRun,
  isTaskCall,
  meet,
  metadataOf,
  rewrite,
  rewriteTasks,
} from './faulty-batch.ts';

const hour = 3_600_000;

/** The second and the third Run are lost; one task at a time, so that the first is in the list. */
function lost(how: Meddling): Pick<BatchOptions, 'flags' | 'target' | 'killAt' | 'fault'> {
  return {
    flags: ['--tasks', '1'],
    target: isRun,
    killAt: 2,
    fault: (nth) => (nth === 2 || nth === 3 ? how : 'pass'),
  };
}

const onEvery = (change: (answer: Answer) => Reply) => (path: string) =>
  isTaskCall(path) ? change : 'pass';

const parametersAs = (change: (value: unknown) => unknown) =>
  onEvery(
    rewriteTasks((task) => ({
      ...task,
      parameters: Object.fromEntries(
        Object.entries(task.parameters).map(([name, value]) => [name, change(value)]),
      ),
    })),
  );

describe.concurrent('a lost answer is found', () => {
  const rows = [
    {
      name: 'multiselects come back as JSON text',
      otherwise: parametersAs((value) => (Array.isArray(value) ? JSON.stringify(value) : value)),
    },
    {
      name: 'multiselects come back joined, texts as numbers',
      only: 'while running',
      otherwise: parametersAs((value) => {
        if (Array.isArray(value)) return value.join(', ');
        return /^\d+$/.test(String(value)) ? Number(value) : value;
      }),
    },
    {
      name: 'all parameters come back as one JSON text, with more than was sent',
      only: 'while running',
      otherwise: onEvery(
        rewriteTasks((task) => ({
          ...task,
          parameters: JSON.stringify({ ...task.parameters, audio_prompt_type: ['vocal'], x: 1 }),
        })),
      ),
    },
    {
      name: 'the list does not say how many there are',
      only: 'while running',
      otherwise: onEvery(rewrite(({ total: _, ...rest }) => rest)),
    },
    {
      name: 'the list has tasks of other models and broken ones',
      only: 'at restart',
      otherwise: onEvery(
        rewrite((body) => ({
          ...body,
          tasklist: [
            null,
            'task',
            { id: 7 },
            { id: '8', parameters: { prompt: 'a picture of a horse' } },
            ...(body['tasklist'] as object[]),
          ],
        })),
      ),
    },
  ] satisfies { name: string; only?: Situation; otherwise: BatchOptions['otherwise'] }[];

  test.for(inEverySituation(rows))(
    'though $name, $situation',
    async ({ situation, otherwise }, { onTestFinished }) => {
      const options = { ...lost('lose-answer'), otherwise, onFinished: onTestFinished };
      expectAllHome(await meet(situation, options));
    },
  );

  test.for(inEverySituation([{}]))(
    'though its task shows up in the list only a second later, $situation',
    async ({ situation }, { onTestFinished }) => {
      const firstSeen = new Map<string, number>();
      const isOld = ({ id }: RawTask) => {
        const since = firstSeen.get(id) ?? Date.now();
        firstSeen.set(id, since);
        return Date.now() - since >= 1000;
      };
      const batch = await meet(situation, {
        ...lost('lose-answer'),
        flags: ['--tasks', '1', '--settle-grace', '5s'],
        otherwise: (path) =>
          path === '/Task/List'
            ? rewriteTasks((task) =>
                task.parameters['seed'] === '1' || isOld(task) ? task : undefined,
              )
            : 'pass',
        onFinished: onTestFinished,
      });
      expectAllHome(batch);
    },
  );
});

test('a list that is empty for a moment too long leaves no job in doubt', async () => {
  let firstLook: number | undefined;
  let isLost = false;
  const batch = await meet('while running', {
    ...lost('lose-answer'),
    fault: (nth) => {
      isLost = nth === 2;
      return isLost ? 'lose-answer' : 'pass';
    },
    otherwise: (path) => {
      if (!isLost || path !== '/Task/List') return 'pass';
      firstLook ??= Date.now();
      // Past the grace time of one second, when an empty list could be believed.
      return Date.now() - firstLook < 1200 ? rewriteTasks(() => undefined) : 'pass';
    },
  });
  expectAllHome(batch);
});

describe.concurrent('where the clock of the server is off by', () => {
  const rows = [
    { name: 'an hour ahead, a lost answer is found', ahead: hour, how: 'lose-answer' },
    { name: 'an hour behind, a lost answer is found', ahead: -hour, how: 'lose-answer' },
    {
      name: 'an hour ahead, a lost Run is sent again',
      only: 'at restart',
      ahead: hour,
      how: 'lose-request',
    },
    {
      name: 'an hour behind, a lost Run is sent again',
      only: 'at restart',
      ahead: -hour,
      how: 'lose-request',
    },
  ] as const;
  test.for(inEverySituation(rows))(
    '$name, $situation',
    async ({ situation, ahead, how }, { onTestFinished }) => {
      const batch = await meet(situation, {
        ...lost(how),
        now: () => Date.now() + ahead,
        otherwise: () => (answer) => ({
          ...answer,
          headers: { date: new Date(Date.now() + ahead).toUTCString() },
        }),
        onFinished: onTestFinished,
      });
      expectAllHome(batch);
    },
  );
});

describe.concurrent('equal parameters', () => {
  test.for(
    inEverySituation([
      { ahead: 0 },
      { ahead: hour, only: 'at restart' },
      { ahead: -hour, only: 'at restart' },
    ]),
  )(
    'that somebody bought before the intent are not taken for ours (clock $ahead ms ahead), $situation',
    async ({ situation, ahead }, { onTestFinished }) => {
      // A minute ago by hand, then the Run never arrives.
      let isEarlier = true;
      const options = lost('lose-request');
      const batch = await meet(situation, {
        ...options,
        now: () => Date.now() + ahead - (isEarlier ? 60_000 : 0),
        prepare: async ({ server }) => {
          await buyByHand(server.url, '2');
          isEarlier = false;
        },
        otherwise: () => (answer) => ({
          ...answer,
          headers: { date: new Date(Date.now() + ahead).toUTCString() },
        }),
        onFinished: onTestFinished,
      });
      expect(batch.last.code).toBe(0);
      expect(batch.world.server.books()).toMatchObject({ created: 4, duplicates: 1 });
      expectWhole(batch);
      const [byHand] = batch.world.server.books().tasks;
      const taken = metadataOf(batch.world).jobs.flatMap(({ attempts }) => attempts);
      expect(taken.map(({ taskId }) => taskId)).not.toContain(byHand?.id);
    },
  );

  test.for(inEverySituation([{}]))(
    'that another program bought after our Run was lost are taken: nothing is bought twice, $situation',
    async ({ situation }, { onTestFinished }) => {
      let address = '';
      const options = lost('lose-request');
      let bought: Promise<void> | undefined;
      const batch = await meet(situation, {
        ...options,
        prepare: ({ server }) => {
          address = server.url;
        },
        fault: (nth) => {
          if (nth !== 2) return 'pass';
          bought = buyByHand(address, '2');
          return 'lose-request';
        },
        onFinished: onTestFinished,
      });
      await bought;
      expectAllHome(batch);
    },
  );
});

describe.concurrent('where nobody can tell, the job stays in doubt until the user says so:', () => {
  const rows = [
    {
      name: 'the list echoes no parameters',
      list: rewriteTasks(({ parameters: _, ...task }) => task),
    },
    {
      name: 'the list echoes some of them',
      only: 'while running',
      list: rewriteTasks(({ parameters: { seed: _, ...parameters }, ...task }) => ({
        ...task,
        parameters,
      })),
    },
    { name: 'the list stays empty', only: 'while running', list: rewriteTasks(() => undefined) },
    {
      name: 'the list is refused',
      only: 'while running',
      list: rewrite(() => ({ result: false, errors: [{ code: 1, message: 'not for you' }] })),
    },
  ];
  test.for(inEverySituation(rows))(
    '$name, $situation',
    async ({ situation, list }, { onTestFinished }) => {
      let runs = 0;
      const batch = await meet(situation, {
        manifest: { seeds: 2 },
        flags: ['--tasks', '1'],
        target: isRun,
        killAt: 2,
        fault: (nth) => {
          runs = nth;
          return nth === 2 ? 'lose-answer' : 'pass';
        },
        otherwise: (path) => (path === '/Task/List' ? list : 'pass'),
        onFinished: onTestFinished,
      });
      const { world } = batch;
      expect(batch.last.code).toBe(3);
      expect(batch.last.stdout).toContain('1 done · 1 in doubt');
      const status = await world.songbatch('status', 'm.yaml', '--json');
      expect(JSON.parse(status.stdout)).toMatchObject({
        tally: { done: 1, doubt: 1 },
        inDoubt: [{ output: 'vocal/2' }],
      });
      expect((await batch.again()).code).toBe(3);
      expect({ runs, created: world.server.books().created }).toEqual({ runs: 2, created: 2 });

      const last = await batch.again('--resubmit-unknown');
      expect(last.code).toBe(0);
      expect(world.server.books()).toMatchObject({ created: 3, duplicates: 1 });
      expectWhole({ ...batch, last });
    },
  );
});

/** What the manifest's job with this seed would send. */
async function buyByHand(url: string, seed: string): Promise<void> {
  const text = /prompt: "([^"]*)"/.exec(manifestText())?.[1] ?? '';
  const parameters = {
    prompt: text.replaceAll('\\n', '\n'),
    audio_prompt_type: 'vocal',
    genre: ['Pop'],
    instrument: ['guitar'],
    mood: ['happy'],
    gender: ['female'],
    timbre: ['bright vocal'],
    seed,
  };
  await fetch(`${url}/Run/wiro/text-to-song-with-reference-yue`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key', 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
  });
}
