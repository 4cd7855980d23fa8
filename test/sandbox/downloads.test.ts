import { describe, expect, it } from 'vitest';

import { readRange } from '../../src/http/byte-range.ts';
import { first, instant, sing, start } from './rig.ts';

async function song(): Promise<{ url: string; whole: string; etag: string }> {
  const sandbox = await start();
  const { url } = first((await sing(sandbox)).outputs);
  const response = await fetch(url);
  return { url, whole: await response.text(), etag: response.headers.get('etag') ?? '' };
}

describe('a download', () => {
  it('needs no credentials and says what it is', async () => {
    const { url, whole } = await song();
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(whole).toHaveLength(1000);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as string,
    });
    expect(response.headers.get('date')).not.toBeNull();
  });

  it('answers HEAD with the same headers and nothing else, ranges or not', async () => {
    const { url, etag } = await song();
    const response = await fetch(url, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('1000');
    expect(response.headers.get('etag')).toBe(etag);
    expect(await response.text()).toBe('');
  });

  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=990-', 990, 999],
    ['bytes=-10', 990, 999],
    ['bytes=-5000', 0, 999],
    ['bytes=998-5000', 998, 999],
    ['Bytes=0-0', 0, 0],
  ])('gives the range %s', async (range, from, to) => {
    const { url, whole } = await song();
    const response = await fetch(url, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to}/1000`);
    expect(await response.text()).toBe(whole.slice(from, to + 1));
  });

  it.each(['bytes=1000-', 'bytes=-0', 'bytes=5000-6000'])(
    'cannot give the range %s',
    async (range) => {
      const { url } = await song();
      const response = await fetch(url, { headers: { range } });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe('bytes */1000');
    },
  );

  it.each(['bytes=9-0', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=-', 'bytes=a-b'])(
    'ignores the range %s',
    async (range) => {
      const { url } = await song();
      const response = await fetch(url, { headers: { range } });
      expect(response.status).toBe(200);
      expect(await response.text()).toHaveLength(1000);
    },
  );

  it('gives a range only of the version that If-Range names', async () => {
    const { url, etag } = await song();
    const status = async (ifRange: string): Promise<number> =>
      (await fetch(url, { headers: { range: 'bytes=1-2', 'if-range': ifRange } })).status;
    expect(await status(etag)).toBe(206);
    expect(await status('"other"')).toBe(200);
    expect(await status(new Date().toUTCString())).toBe(200);
  });

  it('knows no other name and no other key', async () => {
    const { url } = await song();
    expect((await fetch(url.replace('0.wav', '1.wav'))).status).toBe(404);
    expect((await fetch(`${url}/x`)).status).toBe(404);
    expect((await fetch(url.replace(/files\/./, 'files/!'))).status).toBe(404);
  });

  it('is made again when it is no longer kept, and never another song under the same name', async () => {
    let take = 0;
    const large = 70 * 1024 * 1024;
    const sandbox = await start({
      render: (parameters) => {
        const file = new Uint8Array(parameters.seed === 'large' ? large : 8);
        file[0] = parameters.seed === 'changing' ? ++take : 1;
        return Promise.resolve({ file, seconds: 1 });
      },
    });
    const stable = first((await sing(sandbox, { seed: 'stable' })).outputs).url;
    const changing = first((await sing(sandbox, { seed: 'changing' })).outputs).url;
    // Two large songs push the small ones out of memory.
    await sing(sandbox, { seed: 'large' });
    await sing(sandbox, { seed: 'large' });
    expect((await fetch(stable)).status).toBe(200);
    const gone = await fetch(changing);
    expect(gone.status).toBe(410);
    expect(await gone.json()).toMatchObject({ result: false });
  });
});

it('a range of an empty file cannot be given', () => {
  expect(readRange('bytes=0-', undefined, 0, '"e"')).toEqual({ kind: 'unsatisfiable' });
  expect(readRange(undefined, undefined, 0, '"e"')).toEqual({ kind: 'whole' });
});

it('urls name the host by which the caller came', async () => {
  const sandbox = await start({ render: instant });
  const byName = { ...sandbox, url: sandbox.url.replace('127.0.0.1', 'localhost') };
  const { url } = first((await sing(byName)).outputs);
  expect(new URL(url).hostname).toBe('localhost');
});
