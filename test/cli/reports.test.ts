/** What is said of a run has no power over it. */
import { expect, test } from 'vitest';
import type { Invocation } from '../../src/cli/invocation.ts';
import type { Log } from '../../src/cli/log.ts';
import { openReports } from '../../src/cli/reports.ts';
import { started, tallyOf } from '../report/events.ts';

test('a report that fails ends no run: it is told once, and the others go on', async () => {
  const told: string[] = [];
  let written = '';
  const tell = (text: string) => void told.push(text);
  const fail = () => {
    throw new RangeError('Invalid count value: -20');
  };
  const invocation: Invocation = {
    terminal: {
      print: fail,
      printUnredacted: fail,
      tell,
      look: fail,
      redact: (text) => text,
      screen: {
        write: (text) => void (written += text),
        // Drawn with each event, and by a timer of its own.
        stand: (lines) => {
          if (lines.length > 0) fail();
        },
        size: () => ({ columns: 80, rows: 24 }),
        hasColour: false,
        now: Date.now,
      },
      outliveReaders: () => undefined,
      hasLostResult: () => false,
    },
    tell,
    environment: {},
    fromEnvFiles: new Map(),
    workingDirectory: '/',
    version: '1.2.3',
    exitWith: fail,
    keepLog: fail,
  };
  let seen = 0;
  const log: Log = {
    isOnStderr: false,
    file: undefined,
    see: () => {
      seen++;
    },
    tell,
    showStatus: fail,
    nameBatch: fail,
    exit: fail,
  };
  const reports = await openReports({}, {}, log, invocation);
  const event = started(tallyOf({ waiting: 2 }), { tasks: 1 });
  reports.emit(event);
  reports.emit(event);
  expect(seen).toBe(2);
  expect(written).toContain('nightly: 2 jobs');
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^the run goes on, but not all of it is shown.*\nRangeError: Invalid count/,
  );
  process.emit('SIGUSR1');
  process.emit('SIGUSR1');
  expect(told.filter((text) => text.startsWith('the run goes on'))).toHaveLength(2);
  await expect
    .poll(() => told.filter((text) => text.startsWith('the run goes on')))
    .toHaveLength(3);
  await reports.close();
});
