import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { detail, first, type Output, post, sing, start, temporaryFolder } from './rig.ts';

const keep = 60_000;
const gone = { result: false, errors: [{ code: 1, message: 'This file is no longer kept.' }] };

/** A clock that stands still until it is told otherwise. */
function stopped(): { now: () => number; pass: (milliseconds: number) => void } {
  let time = Date.UTC(2026, 10, 22);
  return {
    now: () => time,
    pass: (milliseconds) => {
      time += milliseconds;
    },
  };
}

async function upload(sandbox: Sandbox, content = 'la la', name = 'a.wav'): Promise<Output> {
  const form = new FormData();
  form.append('file', new Blob([content]), name);
  return first((await post(sandbox, 'File/Upload', form)).answer.list);
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

/** The same file of a server that listens elsewhere now. */
const movedTo = (sandbox: Sandbox, url: string): string =>
  new URL(new URL(url).pathname, sandbox.url).href;

describe('a song', () => {
  it('can be fetched until its time is over, and is listed even then', async () => {
    const { now, pass } = stopped();
    const sandbox = await start({ keep, now });
    const task = await sing(sandbox);
    const { url } = first(task.outputs);
    pass(keep - 1);
    expect(await statusOf(url)).toBe(200);
    pass(1);
    const response = await fetch(url);
    expect(response.status).toBe(410);
    expect(await response.json()).toEqual(gone);
    expect(response.headers.get('etag')).toBeNull();
    expect(await statusOf(url, { headers: { range: 'bytes=0-9' } })).toBe(410);
    expect(await statusOf(url, { method: 'HEAD' })).toBe(410);
    expect(await detail(sandbox, task['id'] ?? '')).toMatchObject({
      pexit: '0',
      outputs: [{ url }],
    });
  });

  it('expires by when it was made, not by when the server was started', async () => {
    const { now, pass } = stopped();
    const folder = temporaryFolder();
    const before = await start({ keep, now, folder });
    const { url } = first((await sing(before)).outputs);
    await before.close();
    pass(keep - 1);
    const after = await start({ keep, now, folder });
    expect(await statusOf(movedTo(after, url))).toBe(200);
    pass(1);
    expect(await statusOf(movedTo(after, url))).toBe(410);
  });

  it('stays when its reference is gone', async () => {
    const { now, pass } = stopped();
    const folder = temporaryFolder();
    const before = await start({ keep, now, folder });
    const reference = await upload(before);
    pass(keep - 1);
    const task = await sing(before, { inputAudioUrl: reference.url });
    const { url } = first(task.outputs);
    const bytes = await (await fetch(url)).text();
    await before.close();
    pass(1);
    // Another server has to make it again.
    const after = await start({ keep, now, folder });
    expect(await statusOf(movedTo(after, reference.url))).toBe(410);
    expect(await (await fetch(movedTo(after, url))).text()).toBe(bytes);
  });

  it('is kept without end where nothing is said', async () => {
    const { now, pass } = stopped();
    const sandbox = await start({ now });
    const { url } = first((await sing(sandbox)).outputs);
    pass(10 * 365 * 86_400_000);
    expect(await statusOf(url)).toBe(200);
  });
});

describe('an upload', () => {
  it('is gone when its time is over, and makes room on the disk for the next', async () => {
    const { now, pass } = stopped();
    const folder = temporaryFolder();
    const sandbox = await start({ keep, now, folder });
    const files = () => readdirSync(join(folder, 'uploads'));
    const old = await upload(sandbox);
    pass(keep / 2);
    const young = await upload(sandbox);
    pass(keep / 2);
    expect(await statusOf(old.url)).toBe(410);
    expect(await statusOf(young.url)).toBe(200);
    const next = await upload(sandbox);
    expect(files().toSorted()).toEqual([young.accesskey, next.accesskey].toSorted());
  });

  it('can no longer be a reference: the task fails, unbilled', async () => {
    const { now, pass } = stopped();
    const sandbox = await start({ keep, now });
    const { url } = await upload(sandbox);
    expect(await sing(sandbox, { inputAudioUrl: url })).toMatchObject({ pexit: '0' });
    pass(keep);
    expect(await sing(sandbox, { inputAudioUrl: url })).toMatchObject({
      status: 'task_postprocess_end',
      pexit: '1',
      totalcost: '0',
      debugerror: 'inputAudioUrl could not be downloaded',
      outputs: [],
    });
  });

  it('stays gone where a server after it keeps files for longer', async () => {
    const { now, pass } = stopped();
    const folder = temporaryFolder();
    const before = await start({ keep, now, folder });
    const old = await upload(before);
    pass(keep);
    await upload(before);
    await before.close();
    const after = await start({ now, folder });
    const response = await fetch(movedTo(after, old.url));
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 410,
      body: gone,
    });
  });
});
