import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { lyrics, post, runPath, start } from './rig.ts';

function signed(key: string, secret: string, nonce: string): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${secret}${nonce}`).digest('hex');
  return { 'x-api-key': key, 'x-nonce': nonce, 'x-signature': signature };
}

const noProject = 'Project authorization is not founded.';
const noSignature =
  'Project requires signature authentication. x-signature and x-nonce headers are required.';
const wrongSignature = 'Project authorization is not valid.';

const denied = (message: string) => ({ result: false, errors: [{ code: 0, message }] });

describe('a sandbox without a key', () => {
  it('takes any key', async () => {
    const sandbox = await start();
    const { status } = await post(
      sandbox,
      runPath,
      { prompt: lyrics },
      { 'x-api-key': 'anything' },
    );
    expect(status).toBe(200);
  });

  it('answers 401 to a call without one', async () => {
    const sandbox = await start();
    const { status, answer } = await post(sandbox, runPath, { prompt: lyrics }, {});
    expect(status).toBe(401);
    expect(answer).toEqual(denied(noProject));
    expect(sandbox.books().created).toBe(0);
  });
});

describe('a sandbox with a key', () => {
  it('takes that key only, for the API and for the books', async () => {
    const sandbox = await start({ key: 'right' });
    const statusOf = async (key: string): Promise<number> =>
      (await post(sandbox, 'Task/List', {}, { 'x-api-key': key })).status;
    expect(await statusOf('right')).toBe(200);
    const wrong = await post(sandbox, 'Task/List', {}, { 'x-api-key': 'wrong' });
    expect(wrong).toEqual({ status: 401, answer: denied(noProject) });
    expect(await statusOf('right-and-more')).toBe(401);

    const books = new URL('/sandbox/books', sandbox.url);
    expect((await fetch(books)).status).toBe(401);
    expect((await fetch(books, { headers: { 'x-api-key': 'right' } })).status).toBe(200);
  });

  it('says nothing of the right key in what it answers', async () => {
    const sandbox = await start({ key: 'right', secret: 'hush' });
    const { answer } = await post(sandbox, 'Task/List', {}, signed('right', 'wrong', '1'));
    expect(JSON.stringify(answer)).not.toMatch(/right|hush/);
  });
});

describe('a sandbox with a secret', () => {
  it('takes calls signed as documented', async () => {
    const sandbox = await start({ key: 'right', secret: 'hush' });
    const { status } = await post(sandbox, 'Task/List', {}, signed('right', 'hush', '1734513807'));
    expect(status).toBe(200);
  });

  it.each(['(stdin)= ', 'SHA2-256(stdin)= ', 'HMAC-SHA256(stdin)= '])(
    'takes a signature as openssl prints it, with "%s" before it',
    async (prefix) => {
      const sandbox = await start({ key: 'right', secret: 'hush' });
      const statusOf = async (secret: string): Promise<number> => {
        const headers = signed('right', secret, '1734513807');
        const printed = { ...headers, 'x-signature': prefix + (headers['x-signature'] ?? '') };
        return (await post(sandbox, 'Task/List', {}, printed)).status;
      };
      expect(await statusOf('hush')).toBe(200);
      expect(await statusOf('loud')).toBe(401);
    },
  );

  it.each([
    ['no signature', { 'x-api-key': 'right' }, noSignature],
    ['no nonce', { ...signed('right', 'hush', '1'), 'x-nonce': '' }, noSignature],
    ['another nonce', { ...signed('right', 'hush', '1'), 'x-nonce': '2' }, wrongSignature],
    ['another secret', signed('right', 'loud', '1'), wrongSignature],
    ['another key', signed('wrong', 'hush', '1'), noProject],
    ['half a signature', { ...signed('right', 'hush', '1'), 'x-signature': 'a' }, wrongSignature],
  ])('answers 401 to %s', async (_, headers, message) => {
    const sandbox = await start({ key: 'right', secret: 'hush' });
    for (const path of [runPath, 'Task/List', 'Tool/Detail', 'File/Upload']) {
      const refused = await post(sandbox, path, {}, headers);
      expect(refused).toEqual({ status: 401, answer: denied(message) });
    }
  });
});

describe('options', () => {
  it.each([
    [{ host: '0.0.0.0' }, /give a key/],
    [{ host: '::' }, /give a key/],
    [{ key: '' }, /protects nothing/],
    [{ secret: 'x' }, /a secret needs a key/],
    [{ workers: 0 }, /0 workers/],
    [{ speed: 0 }, /a speed of 0/],
    [{ port: 70_000 }, /70000 is not a port/],
    [{ balance: -1 }, /a balance of -1 USD/],
    [{ balance: NaN }, /a balance of NaN USD/],
    [{ price: 0 }, /a price of 0 USD/],
    [{ price: 1e-13 }, /a price of 1e-13 USD/],
    [{ keep: 0 }, /kept for 0 ms/],
  ])('refuses %j', async (options, message) => {
    await expect(startSandbox(options)).rejects.toThrow(message);
  });

  it('says which port is taken', async () => {
    const { port } = new URL((await start()).url);
    await expect(startSandbox({ port: Number(port) })).rejects.toThrow(
      `cannot listen on 127.0.0.1 port ${port}: choose another port`,
    );
  });
});
