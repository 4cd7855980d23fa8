import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { callbackUrl } from '../../src/job/callback.ts';
import { createRedactor } from '../../src/job/redaction.ts';

const redact = createRedactor(['']);

test.each([
  ['a password', 'get https://ann:s3cret@example.com/a.mp3', 'get https://***@example.com/a.mp3'],
  ['one that was not escaped', 'x://a:b@c:d@host/@', 'x://***@host/@'],
  ['a user alone', '(http://token@host:80)', '(http://***@host:80)'],
  ['a password that was cut', '"https://ann:s3cr… is', '"https://***… is'],
  ['a port that was cut', 'http://127.0.0.1:80…', undefined],
  ['a mask already', 'https://*********@example.com', undefined],
  ['no user', 'https://example.com/@ann and ann@example.com', undefined],
  ['no user, but a mail', 'see https://example.com, or write to ann@example.com', undefined],
])('a URL with %s', (_, text, expected) => {
  expect(redact(text)).toBe(expected ?? text);
});

test.each([
  ['{"socketaccesstoken": "eDcCm5yyUfIvMFspTwww49OUfgXkQt", "taskid": "1"}', 'eDcC'],
  ['"{\\"tasktoken\\":\\"eDcCm5yyUfIvMFspTwww49OUfgXkQt\\"}"', 'eDcC'],
  ['headers: X-Signature: 0123abcd; x-api-key: 4567efgh', /0123|4567/],
  [callbackUrl('https://ci.example.com/hook?a=b', 'c'.repeat(32)), 'cccc'],
  [encodeURIComponent(callbackUrl('https://ci.example.com/', 'c'.repeat(32))), 'cccc'],
])('what is known by its name: %s', (text, secret) => {
  expect(text).toMatch(secret);
  expect(redact(text)).not.toMatch(secret);
});

test('a secret is taken out as it is, as JSON has it and as a URL has it, wherever it stands', () => {
  const secret = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' });
  const spelling = fc.constantFrom(String, encodeURIComponent, (text: string) =>
    JSON.stringify({ text }),
  );
  fc.assert(
    fc.property(secret, secret, fc.string(), spelling, (one, other, around, spell) => {
      // Else it may be put together again from what is left.
      fc.pre(![one, other, around].some((text) => text.includes('*')));
      const clean = createRedactor([one, other]);
      const told = clean(`${around} ${spell(`${one}${other}`)} ${around}`);
      for (const word of [one, other]) {
        expect(told).not.toContain(word);
        expect(told).not.toContain(spell(word));
      }
    }),
  );
});

test('JSON stays JSON', () => {
  const secret = fc.string({ minLength: 8 });
  const clean = fc.tuple(secret, fc.jsonValue());
  fc.assert(
    fc.property(clean, ([word, value]) => {
      const document = { word, value, url: `https://${word}@host`, more: [`a ${word} b`] };
      expect(() => {
        JSON.parse(createRedactor([word])(JSON.stringify(document)));
      }).not.toThrow();
    }),
  );
});

test('what is too short for a secret stays', () => {
  expect(createRedactor(['', 'any', 'sandbox'])('any sandbox')).toBe('any sandbox');
});
