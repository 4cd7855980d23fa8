import { request } from 'node:http';

import { describe, expect, it } from 'vitest';
import fc from '../fast-check.ts';

import { boundaryOf, readMultipart } from '../../src/sandbox/multipart.ts';
import { call, detail, first, instant, lyrics, post, runPath, sing, start } from './rig.ts';

const key = { 'x-api-key': 'k' };

describe('a body', () => {
  it('may be JSON under a multipart header without boundary, as in the samples of the page', async () => {
    const sandbox = await start();
    const headers = { ...key, 'content-type': 'multipart/form-data' };
    const { answer } = await post(sandbox, runPath, JSON.stringify({ prompt: lyrics }), headers);
    expect(answer.result).toBe(true);
    expect((await detail(sandbox, answer.taskid)).parameters).toEqual({ prompt: lyrics });
  });

  it("may be JSON under curl's default header", async () => {
    const sandbox = await start();
    const headers = { ...key, 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      (await post(sandbox, runPath, JSON.stringify({ prompt: lyrics }), headers)).answer.result,
    ).toBe(true);
  });

  it('may be multipart, with a list as repeated fields', async () => {
    const sandbox = await start();
    const form = new FormData();
    form.append('prompt', lyrics);
    form.append('genre', 'Pop');
    form.append('mood', 'happy');
    form.append('mood', 'adventure, emotion');
    const { answer } = await post(sandbox, runPath, form);
    expect(answer.result).toBe(true);
    const { parameters } = await detail(sandbox, answer.taskid);
    // Forms write newlines as CRLF.
    expect(parameters).toEqual({
      prompt: lyrics.replaceAll('\n', '\r\n'),
      genre: 'Pop',
      mood: ['happy', 'adventure, emotion'],
    });
  });

  it('may be urlencoded', async () => {
    const sandbox = await start();
    const headers = { ...key, 'content-type': 'application/x-www-form-urlencoded' };
    const form = new URLSearchParams([
      ['prompt', lyrics],
      ['genre', 'Pop'],
      ['genre', 'rock'],
    ]);
    const { answer } = await post(sandbox, runPath, form.toString(), headers);
    expect((await detail(sandbox, answer.taskid)).parameters).toEqual({
      prompt: lyrics,
      genre: ['Pop', 'rock'],
    });
  });

  it.each([
    ['{"prompt":', 'application/json'],
    ['[1]', 'application/json'],
    ['hello', 'text/plain'],
    [
      '--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\ncut off',
      'multipart/form-data; boundary=x',
    ],
    ['--x', 'multipart/form-data'],
  ])('that is %j as %s is refused', async (body, type) => {
    const sandbox = await start();
    const { status, answer } = await post(sandbox, runPath, body, { ...key, 'content-type': type });
    expect(status).toBe(200);
    expect(answer.errors[0]?.message).toMatch(/^Request parameters are invalid\./);
  });

  it('above 1 MiB gets 413, and its sender hears it', async () => {
    const sandbox = await start();
    const { status, answer } = await post(sandbox, runPath, { prompt: 'x'.repeat(3 << 20) });
    expect(status).toBe(413);
    expect(answer).toMatchObject({ result: false });
    expect(sandbox.books().created).toBe(0);
  });

  it('that breaks off makes no task and harms nobody', async () => {
    const sandbox = await start();
    const { port } = new URL(sandbox.url);
    const options = {
      port,
      method: 'POST',
      path: `/v1/${runPath}`,
      headers: { ...key, 'content-length': 100 },
    };
    await new Promise<void>((resolve) => {
      const broken = request(options);
      broken.on('error', () => {
        resolve();
      });
      broken.write('{"prompt"', () => broken.destroy());
    });
    expect((await call(sandbox, 'Task/List', {})).total).toBe('0');
  });
});

describe('File/Upload', () => {
  const upload = async (
    sandbox: Awaited<ReturnType<typeof start>>,
    content: string | Uint8Array<ArrayBuffer>,
    name = 'my song ä.mp3',
  ) => {
    const form = new FormData();
    form.append('file', new Blob([content]), name);
    return (await post(sandbox, 'File/Upload', form)).answer;
  };

  it('keeps the file and answers where it is', async () => {
    const sandbox = await start();
    const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
    const file = first((await upload(sandbox, content)).list);
    expect(file).toMatchObject({
      name: 'my_song__.mp3',
      contenttype: 'audio/mpeg',
      size: '300000',
    });
    const response = await fetch(file.url);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(content);
    const part = await fetch(file.url, { headers: { range: 'bytes=5-9' } });
    expect(part.status).toBe(206);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(content.slice(5, 10));
  });

  it('makes the same song from the same content, wherever it lies', async () => {
    const references: string[] = [];
    const sandbox = await start({
      render: (song) => {
        references.push(song.reference);
        return instant(song);
      },
    });
    for (const content of ['a', 'a', 'b']) {
      const { url } = first((await upload(sandbox, content)).list);
      await sing(sandbox, { inputAudioUrl: url });
    }
    expect(references[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(references[1]).toBe(references[0]);
    expect(references[2]).not.toBe(references[0]);
  });

  it('refuses what is no song, and a form without a file', async () => {
    const sandbox = await start();
    expect((await upload(sandbox, 'x', 'page.html')).errors[0]?.message).toMatch(
      /not mp3, wav or m4a/,
    );
    expect(await call(sandbox, 'File/Upload', {})).toMatchObject({
      errors: [{ code: 0, message: 'Request files [file] required' }],
    });
  });

  it('never takes a name for a path', async () => {
    const sandbox = await start();
    const file = first((await upload(sandbox, 'x', '../../..\\etc/<passwd>.wav')).list);
    expect(file.name).toBe('_passwd_.wav');
    expect((await fetch(file.url)).status).toBe(200);
    const stolen = file.url.replace(/[^/]+$/, '..%2f..%2fpackage.json');
    expect((await fetch(stolen)).status).toBe(404);
  });
});

describe('the multipart reader', () => {
  it('reads what the runtime writes, whatever is in it', async () => {
    // Forms cannot tell a written %22 from a quote, so no name has one.
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('%'));
    const part = fc.tuple(name, fc.uint8Array(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1 }), async (parts) => {
        const form = new FormData();
        for (const [name, content, isFile] of parts) {
          if (isFile) form.append(name, new Blob([Uint8Array.from(content)]), name);
          else form.append(name, Buffer.from(content).toString('hex'));
        }
        const response = new Response(form);
        const boundary = boundaryOf(response.headers.get('content-type') ?? '') ?? '';
        const read = readMultipart(Buffer.from(await response.arrayBuffer()), boundary);
        const shape = (name: string): string => name.replace(/\r\n|\r|\n/g, '\r\n');
        expect(read?.map((one) => [shape(one.name), one.content.toString('hex')])).toEqual(
          parts.map(([name, content, isFile]) => {
            const hex = Buffer.from(content).toString('hex');
            return [shape(name), isFile ? hex : Buffer.from(hex).toString('hex')];
          }),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, and takes no body that is cut off', () => {
    const whole = Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--b\r\nContent-Disposition: form-data; name="c"; filename="d"\r\n\r\n\r\n--b--\r\n',
    );
    expect(
      readMultipart(whole, 'b')?.map((part) => [part.name, part.filename, String(part.content)]),
    ).toEqual([
      ['a', '', 'one'],
      ['c', 'd', ''],
    ]);
    for (let length = 0; length < whole.length - 2; length++) {
      expect(readMultipart(whole.subarray(0, length), 'b')).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readMultipart(Buffer.from(bytes), 'b');
      }),
    );
  });
});
