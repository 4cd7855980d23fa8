/**
 * Virtual time: a queue of what is to happen, earliest first, and a clock that jumps from one to the next.
 * What falls on one millisecond happens in the order in which it was asked for, so that a simulation
 * repeats itself.
 */
import type { Clock } from '../../src/run/ports.ts';

interface Appointment {
  readonly at: number;
  /** Tells apart what falls on one millisecond. */
  readonly order: number;
  readonly happen: () => void;
  /** Where it stands in the heap; -1 when it does not any more. */
  place: number;
}

export interface VirtualTime extends Clock {
  /** Milliseconds that never jump, as the API client wants them. */
  readonly elapsed: () => number;
  readonly after: (ms: number, happen: () => void) => void;
  /** Runs until the work is done. Throws when nothing is left that could bring it on. */
  readonly drive: <Value>(work: Promise<Value>) => Promise<Value>;
}

export function createVirtualTime(start: number): VirtualTime {
  const heap = createHeap();
  let now = start;
  let orders = 0;

  const appoint = (ms: number, happen: () => void): Appointment => {
    const at = now + Math.ceil(Math.max(0, ms));
    return heap.push({ at, order: orders++, happen, place: -1 });
  };

  return {
    now: () => now,
    elapsed: () => now,
    after: (ms, happen) => {
      appoint(ms, happen);
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const wake = () => {
          heap.remove(appointment);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const appointment = appoint(ms, wake);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    drive: async (work) => {
      let isSettled = false as boolean;
      const settle = () => {
        isSettled = true;
      };
      work.then(settle, settle);
      for (;;) {
        // Everything that does not wait for time comes first.
        await new Promise(setImmediate);
        if (isSettled) return work;
        const next = heap.first();
        if (!next) throw new Error('the simulation stands still: nobody waits for anything');
        now = next.at;
        for (let due = heap.first(); due?.at === now; due = heap.first()) {
          heap.remove(due);
          due.happen();
        }
      }
    },
  };
}

interface Heap {
  readonly push: (appointment: Appointment) => Appointment;
  readonly first: () => Appointment | undefined;
  /** Does nothing for one that is not in it. */
  readonly remove: (appointment: Appointment) => void;
}

/** A binary heap whose members know their places, so that one that is cancelled leaves at once. */
function createHeap(): Heap {
  const heap: Appointment[] = [];

  const put = (appointment: Appointment, place: number) => {
    heap[place] = appointment;
    appointment.place = place;
  };
  const rise = (appointment: Appointment, from: number) => {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, appointment)) break;
      put(parent, place);
      place = above;
    }
    put(appointment, place);
  };
  const sink = (appointment: Appointment, from: number) => {
    let place = from;
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
      const smaller = right && left && isBefore(right, left) ? right : left;
      if (!smaller || isBefore(appointment, smaller)) break;
      const below = smaller.place;
      put(smaller, place);
      place = below;
    }
    put(appointment, place);
  };

  return {
    push: (appointment) => {
      rise(appointment, heap.length);
      return appointment;
    },
    first: () => heap[0],
    remove: (appointment) => {
      const { place } = appointment;
      if (place === -1) return;
      appointment.place = -1;
      const last = heap.pop();
      if (!last || last === appointment) return;
      if (isBefore(last, appointment)) rise(last, place);
      else sink(last, place);
    },
  };
}

function isBefore(one: Appointment, other: Appointment): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}
