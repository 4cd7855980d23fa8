/** When a worker asks the books for room, on a clock that jumps. */
import { expect, test } from 'vitest';
import {
  createSharedAdmission,
  type SharedAdmissionOptions,
} from '../../src/batch/engine/shared-admission.ts';
import { createGate } from '../../src/run/gate.ts';
import { createVirtualClock } from '../run/virtual-clock.ts';

const start = 1_700_000_000_000;

function worker(options: Partial<SharedAdmissionOptions> = {}) {
  const clock = createVirtualClock(start);
  const gate = createGate(clock, () => undefined);
  const admission = createSharedAdmission(gate, clock, {
    isAlive: () => true,
    allowance: () => ({ allowed: 4, ceiling: 4, open: 0 }),
    onRefused: () => undefined,
    onHeld: () => undefined,
    isBeyondShare: () => false,
    probeInterval: () => 1000,
    runs: () => 4,
    ...options,
  });
  /** Milliseconds until it asks. */
  const wait = async () => {
    const before = clock.now();
    expect(await clock.drive(admission.admit())).toBe(true);
    return clock.now() - before;
  };
  return { admission, gate, wait };
}

test('a worker with less than its share asks at once, one with more leaves room to others first', async () => {
  expect(await worker().wait()).toBe(0);
  expect(await worker({ isBeyondShare: () => true }).wait()).toBe(400);
});

test('who was told that there is no room asks ever more rarely, and soon when something has changed', async () => {
  const { admission, wait } = worker();
  const waits: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    admission.noRoom({ kind: 'full' });
    waits.push(await wait());
    admission.answered();
  }
  expect(waits[0]).toBeLessThanOrEqual(150);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(750);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2250);

  admission.noRoom({ kind: 'full' });
  admission.mayHaveRoom();
  expect(await wait()).toBeLessThanOrEqual(150);
});

test('a job that waits for its turn keeps no other waiting', async () => {
  const { admission, wait } = worker();
  admission.noRoom({ kind: 'turn' });
  expect(await wait()).toBe(0);
});
