import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { inspect, promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ApiFault } from '../../src/job/api-fault.ts';
import { createWiroClient } from '../../src/wiro/client.ts';
import { createNonces } from '../../src/wiro/credentials.ts';
import { fakeClock } from './fake-clock.ts';
import {
  hangUp,
  json,
  no,
  scriptedServer,
  text,
  truncated,
  type Reply,
} from './scripted-server.ts';

const key = 'key-0123456789abcdef';
const secret = 'secret-fedcba9876543210';

test('signs every request with a nonce of its own when there is a secret', async () => {
  await using server = await scriptedServer(json({ result: true, taskid: '1' }));
  const api = createWiroClient({ baseUrl: server.baseUrl, key, secret, requestsPerSecond: 1000 });
  for (let n = 0; n < 5; n += 1) await api.run('wiro/yue', {});
  await api.close();

  const nonces = server.seen.map(({ headers }) => String(headers['x-nonce']));
  expect(new Set(nonces).size).toBe(5);
  for (const { headers } of server.seen) {
    const nonce = String(headers['x-nonce']);
    expect(nonce).toMatch(/^[1-9]\d+$/);
    const expected = createHmac('sha256', key).update(`${secret}${nonce}`).digest('hex');
    expect(headers['x-signature']).toBe(expected);
    expect(headers['x-api-key']).toBe(key);
    expect(JSON.stringify(headers)).not.toContain(secret);
  }
});

test('never makes a nonce twice, and makes growing ones', () => {
  const next = createNonces();
  const nonces = Array.from({ length: 50_000 }, () => next());
  expect(new Set(nonces).size).toBe(nonces.length);
  const times = nonces.map((nonce) => BigInt(nonce.slice(0, -9)));
  expect(times.every((time, n) => n === 0 || time > (times[n - 1] ?? 0n))).toBe(true);
});

test('makes other nonces in other processes at the same time', async () => {
  const script = `
    import { createNonces } from ${JSON.stringify(import.meta.resolve('../../src/wiro/credentials.ts'))};
    const next = createNonces();
    for (let n = 0; n < 500; n += 1) console.log(next());`;
  const run = promisify(execFile);
  const processes = await Promise.all(
    [1, 2, 3].map(() => run(process.execPath, ['--input-type=module', '-e', script])),
  );
  const nonces = processes.flatMap(({ stdout }) => stdout.trim().split('\n'));
  expect(new Set(nonces).size).toBe(1500);
});

test.each(['', 'two words', 'line\nbreak', 'schlüssel'])('refuses the key "%s"', (bad) => {
  const create = () =>
    createWiroClient({ baseUrl: 'http://127.0.0.1', key: bad, requestsPerSecond: 1 });
  expect(create).toThrow(ApiFault);
  expect(create).toThrow(/WIRO_API_KEY/);
});

/** Servers that give away what they were told, on every path by which words come back. */
const indiscreet: [name: string, reply: Reply][] = [
  ['a refusal', no(0, `bad ${key} ${secret}`)],
  ['a not-found', no(1, `bad ${key} ${secret}`)],
  ['a denial', no(98, `bad ${key} ${secret}`)],
  ['a 401', text(`who is ${key} with ${secret}?`, 401)],
  ['a 400', no(0, `bad ${key} ${secret}`, 400)],
  ['a 404 of HTML', text(`<p>${key} ${secret}</p>`, 404)],
  ['a 429', text(`${key} ${secret}`, 429)],
  ['a 500', no(0, `bad ${key} ${secret}`, 500)],
  ['HTML', text(`<html>${key} ${secret}`, 200)],
  ['a key where the message is cut', text('x'.repeat(450) + key + secret, 200)],
  ['no result', json({ echo: key, secret })],
  ['an answer cut short', truncated(`{"key": "${key}", "secret": "${secret}"`)],
  ['a broken status line', (response) => response.socket?.end(`HTP/1.1 ${key} ${secret}\r\n\r\n`)],
  ['a broken connection', hangUp],
];

test.each(indiscreet)('keeps key and secret out of what it says after %s', async (_name, reply) => {
  await using server = await scriptedServer(reply);
  const api = createWiroClient({
    baseUrl: server.baseUrl,
    key,
    secret,
    requestsPerSecond: 1000,
    clock: fakeClock(),
    readRetry: { total: 100 },
  });
  const calls = [
    () => api.run('wiro/yue', {}),
    () => api.task('1'),
    () => api.tasks('wiro/yue', { start: 0, limit: 100 }),
    () => api.cancel('1'),
    () => api.kill('1'),
    () => api.price('wiro/yue'),
    () => api.taskByToken('1'),
    () => api.killByToken('1'),
    () => api.deleteFiles('1'),
    () => api.model('wiro/yue'),
  ];
  for (const call of calls) {
    const outcome: unknown = await call().catch((error: unknown) => error);
    const told = everythingIn(outcome);
    // The cut must not leave a piece of the key either.
    expect(told).not.toContain(key.slice(0, 12));
    expect(told).not.toContain(secret.slice(0, 12));
  }
  await api.close();
});

test.each<[string, (headers: Record<string, unknown>) => string]>([
  ['a signature', (headers) => `not ${String(headers['x-signature'])}, try another`],
  ['all headers', (headers) => `you sent ${JSON.stringify(headers)}`],
  ['the answer that it meant to give', () => '{"result":true,"socketaccesstoken":"eDcCm5yyUf"}'],
])('keeps %s out of what it says', async (_name, wordsFor) => {
  let sent = '';
  await using server = await scriptedServer((response, request) => {
    sent = String(request.headers['x-signature']);
    response.writeHead(500).end(wordsFor(request.headers));
  });
  const options = { baseUrl: server.baseUrl, key, secret, requestsPerSecond: 1000 };
  const api = createWiroClient(options);
  const told = everythingIn(await api.run('wiro/yue', {}));
  await api.close();
  expect(sent).toMatch(/^[0-9a-f]{64}$/);
  expect(told).toContain('***');
  for (const word of [key, secret, sent, 'eDcCm5yyUf']) expect(told).not.toContain(word);
});

/** With hidden fields, causes and all. */
function everythingIn(value: unknown): string {
  return inspect(value, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
}
