/**
 * Documented answers with some of their parts missing or replaced by anything at all: nothing that comes
 * in makes the client throw, and no task that runs or failed is ever taken for a song.
 */
import { describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';

import { ApiFault } from '../../src/job/api-fault.ts';
import type { TaskReport } from '../../src/job/task.ts';
import { asObject, type JsonObject } from '../../src/wiro/loose-json.ts';
import { parseTool } from '../../src/wiro/model-description.ts';
import { parsePrice } from '../../src/wiro/price.ts';
import { classifyRead } from '../../src/wiro/read-answer.ts';
import { classifyRun } from '../../src/wiro/run-answer.ts';
import { parseTask, parseTasks } from '../../src/wiro/task-report.ts';
import { documented, documentedNames } from './documents.ts';
import { replaced, retyped } from './mutations.ts';

const junk = fc.oneof(
  fc.jsonValue(),
  // Left out.
  fc.constant(undefined),
  fc.constantFrom(null, '', '0', '1', 0, 1, -1, true, false, [], {}, [{}], [[]], { url: 'x' }),
  fc.constantFrom('task_postprocess_end', 'task_start', 'task_cancel', 'task_error'),
  fc.constant('9'.repeat(20_000)),
  fc.constant([{ url: 'https://cdn.example/song.mp3', name: '../../etc/passwd', size: -1 }]),
);

/** The value as it would come over the wire with some of its parts replaced. */
function mutated(value: unknown, allowed: (path: string) => boolean, most = 6) {
  const paths = retyped(value)
    .map(({ path }) => path)
    .filter((path) => path !== '' && allowed(path));
  const changes = fc.array(fc.tuple(fc.constantFrom(...paths), junk), {
    minLength: 1,
    maxLength: most,
  });
  return changes.map((list) => {
    const changed = list.reduce((rest, [path, part]) => replaced(rest, path, part), value);
    return JSON.parse(JSON.stringify(changed)) as unknown;
  });
}

const anywhere = () => true;
const except =
  (...names: string[]) =>
  (path: string): boolean =>
    !names.includes(path);

/** The task in a documented answer, with other fields if need be. */
function taskIn(name: string, fields: object = {}): object {
  const { tasklist } = documented(name) as { tasklist: readonly object[] };
  return { ...tasklist[0], ...fields };
}

function isSong(report: TaskReport | undefined): boolean {
  return report?.state.kind === 'succeeded';
}

describe('a mutated task', () => {
  const statuses = [
    'task_queue',
    'task_accept',
    'task_preprocess_start',
    'task_preprocess_end',
    'task_assign',
    'task_start',
    'task_output',
    'task_output_full',
    'task_error_full',
    'task_end',
    'task_postprocess_start',
    'task_something_new',
  ];

  it.each(statuses)('that is in %s is never taken for one that ended', (status) => {
    const running = mutated(taskIn('task-kill', { status }), except('/status'));
    fc.assert(
      fc.property(running, (raw) => {
        const kind = parseTask(raw)?.state.kind;
        expect([undefined, 'queued', 'running']).toContain(kind);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['with an exit code', taskIn('task-detail-failed'), ['/status', '/pexit']],
    ['with an exit code and outputs', taskIn('task-detail', { pexit: '1' }), ['/status', '/pexit']],
    ['by being cancelled', taskIn('task-cancel'), ['/status']],
    ['before it was executed', taskIn('task-detail', { status: 'task_error' }), ['/status']],
  ])('that failed %s is never taken for a song', (_, failed, kept) => {
    fc.assert(
      fc.property(mutated(failed, except(...kept)), (raw) => {
        expect(isSong(parseTask(raw))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('that failed needs more than one change to look like a song', () => {
    const failed = taskIn('task-detail-failed');
    fc.assert(
      fc.property(mutated(failed, anywhere, 1), (raw) => {
        expect(isSong(parseTask(raw))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('is a song only at its end, with exit code 0 or none, and with an output', () => {
    fc.assert(
      fc.property(mutated(taskIn('task-detail', { pexit: '0' }), anywhere), (raw) => {
        if (!isSong(parseTask(raw))) return;
        const { status, pexit = '', outputs } = raw as Record<string, unknown>;
        expect(status).toBe('task_postprocess_end');
        if (typeof pexit === 'string' || typeof pexit === 'number') {
          expect(['', '0']).toContain(String(pexit).trim());
        }
        expect(outputs).toContainEqual(expect.any(Object));
      }),
      { numRuns: 500 },
    );
  });

  it('has words that are fit for a line, and an amount', () => {
    const failed = taskIn('task-kill', { status: 'task_error' });
    fc.assert(
      fc.property(mutated(failed, except('/status', '/id')), (raw) => {
        const report = parseTask(raw);
        expect(report?.state.kind).toBe('failed');
        if (report?.state.kind !== 'failed') return;
        expect(report.state.message.length).toBeLessThanOrEqual(500);
        expect(report.state.exit.length).toBeLessThanOrEqual(40);
        expect(report.state.message + report.state.exit).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(report.cost).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 300 },
    );
  });

  it('in a list hides none of its neighbours', () => {
    const neighbour = taskIn('task-detail');
    fc.assert(
      fc.property(mutated(taskIn('task-cancel'), anywhere), (raw) => {
        const tasks = parseTasks({ tasklist: [neighbour, raw, neighbour] });
        expect(tasks?.filter(({ id }) => id === '2221').filter(isSong)).toHaveLength(2);
      }),
      { numRuns: 200 },
    );
  });
});

/** What the client reads out of answers. */
const takes: readonly ((answer: JsonObject) => unknown)[] = [
  (answer) => parseTasks(answer),
  parsePrice,
  (answer) => parseTool(answer, 'owner/model'),
];

describe.each(documentedNames)('a mutated answer (%s)', (name) => {
  const answers = mutated(documented(name), anywhere).map((raw) => ({
    raw,
    outcome: { kind: 'answered', status: 200, headers: {}, body: JSON.stringify(raw) } as const,
  }));

  it('to a Run is a refusal only where it says so, and a task only where it names one', () => {
    fc.assert(
      fc.property(answers, ({ raw, outcome }) => {
        const answer = classifyRun(outcome, 0);
        const { result, taskid } = asObject(raw) ?? {};
        switch (answer.kind) {
          case 'refused':
            expect(result).toBe(false);
            break;
          case 'accepted':
            expect({ result, taskid: String(taskid) }).toEqual({
              result: true,
              taskid: answer.taskId,
            });
            break;
          case 'unknown':
            break;
          case 'not-sent':
            expect.unreachable('it was sent');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('to a question is a value, a no or a fault, whatever is asked for', () => {
    fc.assert(
      fc.property(answers, ({ raw, outcome }) => {
        for (const take of takes) {
          try {
            const answer = classifyRead(outcome, take, 0);
            const { result } = asObject(raw) ?? {};
            if (answer.kind === 'yes') expect(result).toBe(true);
            if (answer.kind === 'no') expect(result).toBe(false);
          } catch (error) {
            expect(error).toBeInstanceOf(ApiFault);
          }
        }
        const price = parsePrice(asObject(raw) ?? {})?.perTask;
        expect(price === undefined || price > 0n).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
