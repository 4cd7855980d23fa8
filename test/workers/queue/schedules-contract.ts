/** What schedules do, wherever they live. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import type { QueueAddress } from '../../../src/queue/queue-address.ts';
import {
  onSchedule,
  openSchedules,
  type Schedules,
  type Tick,
} from '../../../src/queue/schedules.ts';
import { ring } from '../ring.ts';
import type { OnFinished } from './rig.ts';

/** @param newAddress of a place in which there is no schedule yet */
export function describeSchedules(newAddress: () => Promise<QueueAddress>): void {
  const begin = async (onFinished: OnFinished) => {
    const address = await newAddress();
    const schedules = await openSchedules(address, 'account');
    onFinished(schedules.close);
    const watch = async (handle: (tick: Tick) => Promise<void>) => {
      const troubles: string[] = [];
      const worker = await onSchedule(
        address,
        'account',
        handle,
        (message) => void troubles.push(message),
      );
      onFinished(worker.close);
      return troubles;
    };
    return { address, schedules, watch };
  };

  describe.concurrent('schedules', () => {
    test('are kept until they are removed', async ({ expect, onTestFinished }) => {
      const { schedules } = await begin(onTestFinished);
      const nightly = { id: 'nightly', cron: '0 3 * * *', tz: 'Europe/Berlin', data: '{"a":1}' };
      const yearly = { id: 'at.new_year-1', cron: '0 0 1 1 *', tz: 'UTC', data: '[]' };

      const put = await schedules.put(nightly);
      await schedules.put(yearly);

      const { next = 0 } = put;
      const berlin = new Date(next).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
      expect(berlin).toBe('03:00:00');
      expect(next).toBeGreaterThan(Date.now());
      const found = await schedules.list();
      expect(found.toSorted((one, other) => one.id.localeCompare(other.id))).toEqual([
        { ...yearly, next: Date.UTC(new Date().getUTCFullYear() + 1, 0, 1) },
        { ...nightly, next },
      ]);
      expect(await schedules.remove('nightly')).toBe(true);
      expect(await schedules.remove('nightly')).toBe(false);
      expect((await schedules.list()).map(({ id }) => id)).toEqual(['at.new_year-1']);
    });

    test('are replaced by those of the same name', async ({ expect, onTestFinished }) => {
      const { schedules } = await begin(onTestFinished);
      const first = { id: 'nightly', cron: '0 3 * * *', tz: 'UTC', data: 'one' };
      const second = { id: 'nightly', cron: '30 4 * * *', tz: 'Asia/Tokyo', data: 'two' };
      await schedules.put(first);

      const put = await schedules.put(second);

      expect(await schedules.list()).toEqual([put]);
      expect(put).toMatchObject(second);
    });

    test('that are none are refused', async ({ expect, onTestFinished }) => {
      const { schedules } = await begin(onTestFinished);
      const nightly = { id: 'nightly', cron: '0 3 * * *', tz: 'UTC', data: '' };
      const refusal = async (wrong: Partial<typeof nightly>) =>
        schedules.put({ ...nightly, ...wrong }).then(String, String);

      const refusals = [
        await refusal({ cron: '0 25 * * *' }),
        await refusal({ cron: '0 0 3 * * *' }),
        await refusal({ cron: 'nightly' }),
        await refusal({ cron: '0 3 30 2 *' }),
        await refusal({ tz: 'Europe/Atlantis' }),
        await refusal({ id: 'a:b' }),
      ];

      expect(refusals).toEqual([
        expect.stringMatching(/^QueueError: "0 25 \* \* \*" is no schedule: \S+/),
        'QueueError: "0 0 3 * * *" is no schedule: it has to have five fields: minute, hour, day of month, month, day of week',
        'QueueError: "nightly" is no schedule: it has to have five fields: minute, hour, day of month, month, day of week',
        expect.stringMatching(/^QueueError: "0 3 30 2 \*" is no schedule: \S+/),
        'QueueError: "Europe/Atlantis" is no time zone',
        'QueueError: "a:b" cannot be the name of a schedule',
      ]);
      expect(await schedules.list()).toEqual([]);
    });

    test('tick for one worker, until it has done what there was to do', async (context) => {
      const { expect, onTestFinished } = context;
      const { address, schedules, watch } = await begin(onTestFinished);
      const { next: at = 0 } = await schedules.put(quarterly);
      const ticks: Tick[] = [];
      const handle = (tick: Tick): Promise<void> => {
        ticks.push(tick);
        if (ticks.length === 1) throw new Error('the manifest cannot be read');
        return Promise.resolve();
      };
      const troubles = await Promise.all([watch(handle), watch(handle)]);

      await ring(address, 'account');

      await expect.poll(() => ticks.length).toBe(2);
      const tick = { id: 'quarterly', data: 'songs', at };
      expect(ticks).toEqual([tick, tick]);
      expect(troubles.flat()).toEqual(['the manifest cannot be read']);
      await expect.poll(() => nextOf(schedules)).toBeGreaterThan(at);
    });

    test('tick for another worker where the first has died', async (context) => {
      const { expect, onTestFinished } = context;
      const { address, schedules, watch } = await begin(onTestFinished);
      const { next: at = 0 } = await schedules.put(quarterly);
      const program = fileURLToPath(new URL('tick.child.ts', import.meta.url));
      const child = spawn(process.execPath, [program, JSON.stringify(address)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      await ring(address, 'account');
      await once(child.stdout, 'data');

      child.kill('SIGKILL');
      await once(child, 'exit');
      const ticks: Tick[] = [];
      await watch((tick) => {
        ticks.push(tick);
        return Promise.resolve();
      });

      await expect.poll(() => ticks).toEqual([{ id: 'quarterly', data: 'songs', at }]);
      expect(await nextOf(schedules)).toBeGreaterThan(at);
    });
  });
}

/** It does not come by itself while a test runs. */
const quarterly = { id: 'quarterly', cron: '0 0 1 */3 *', tz: 'UTC', data: 'songs' };

async function nextOf(schedules: Schedules): Promise<number> {
  const [schedule] = await schedules.list();
  return schedule?.next ?? 0;
}
