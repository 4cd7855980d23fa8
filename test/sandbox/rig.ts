/**
 * Starts sandboxes for tests and calls them over real sockets. `instant` stands in for the engine
 * where a test is not about sound.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, test } from 'vitest';

import type { RenderedSong } from '../../src/sandbox/engine/pool.ts';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import { faultMeanings, type FaultName, type Faults } from '../../src/sandbox/faults.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';

/** Not real time at all: every stage is over when it begins. */
export const atOnce = 1e9;

export const lyrics = '[verse]\nHello to the morning\n\n[chorus]\nSing it out loud';
export const runPath = 'Run/wiro/text-to-song-with-reference-yue';

export function instant(song: SongParameters): Promise<RenderedSong> {
  const file = new TextEncoder().encode(JSON.stringify(song).padEnd(1000, '.'));
  return Promise.resolve({ file, seconds: 2 });
}

/** A renderer that makes songs only when it is told to. */
export function held(): {
  render: () => Promise<RenderedSong>;
  release: () => void;
  asked: () => number;
} {
  const waiting: (() => void)[] = [];
  let asked = 0;
  return {
    render: () => {
      asked++;
      return new Promise((resolve) => {
        waiting.push(() => {
          resolve({ file: new Uint8Array(4), seconds: 1 });
        });
      });
    },
    release: () => {
      for (const go of waiting.splice(0)) go();
    },
    asked: () => asked,
  };
}

const leftovers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clear of leftovers.splice(0).reverse()) await clear();
});

export function later(clear: () => Promise<void> | void): void {
  leftovers.push(clear);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-test-'));
  later(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ speed: atOnce, render: instant, ...options });
  later(() => sandbox.close());
  return sandbox;
}

export interface Output {
  readonly name: string;
  readonly contenttype: string;
  readonly size: string;
  readonly url: string;
  readonly accesskey: string;
}

export type TaskAnswer = Readonly<Record<string, string>> & {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Output[];
};

export interface Envelope {
  readonly result: boolean;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
  readonly taskid: string;
  readonly socketaccesstoken: string;
  readonly total: string;
  readonly tasklist: readonly TaskAnswer[];
  readonly tool: readonly Readonly<Record<string, unknown>>[];
  readonly list: readonly Output[];
}

export async function post(
  sandbox: Sandbox,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { 'x-api-key': 'k' },
): Promise<{ status: number; answer: Envelope }> {
  const raw = typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array;
  const response = await fetch(`${sandbox.url}/${path}`, {
    method: 'POST',
    headers,
    body: raw ? (body as string) : JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Envelope };
}

export async function call(sandbox: Sandbox, path: string, body: unknown): Promise<Envelope> {
  return (await post(sandbox, path, body)).answer;
}

export async function detail(sandbox: Sandbox, taskid: string): Promise<TaskAnswer> {
  return first((await call(sandbox, 'Task/Detail', { taskid })).tasklist);
}

export function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new Error('the list is empty');
  return one;
}

/** Runs a song and waits for its end. */
export async function sing(
  sandbox: Sandbox,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<TaskAnswer> {
  const { taskid } = await call(sandbox, runPath, { prompt: lyrics, ...parameters });
  return ended(sandbox, taskid);
}

export async function ended(sandbox: Sandbox, taskid: string): Promise<TaskAnswer> {
  return until(sandbox, taskid, (status) => /^task_(cancel|postprocess_end)$/.test(status));
}

export async function until(
  sandbox: Sandbox,
  taskid: string,
  reached: (status: string) => boolean,
): Promise<TaskAnswer> {
  for (;;) {
    const task = await detail(sandbox, taskid);
    if (reached(task['status'] ?? '')) return task;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function always(...names: FaultName[]): Faults {
  return { rates: Object.fromEntries(names.map((name) => [name, 1])) };
}

/**
 * A fault that no test provokes is one that nobody knows to work. To be called at the end of a file;
 * a test says by its name which faults it provokes.
 */
export function everyFaultIsTested(family: RegExp): void {
  const provoked = new Set<string>();
  const faults = Object.keys(faultMeanings).filter((name) => family.test(name));
  afterEach(({ task }) => {
    for (const name of faults) if (task.name.includes(name)) provoked.add(name);
  });
  test('every fault of this kind is tested here', () => {
    expect(faults.filter((name) => !provoked.has(name))).toEqual([]);
  });
}
