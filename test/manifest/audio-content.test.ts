import { expect, test } from 'vitest';
import fc from '../fast-check.ts';
import { audioContentOf } from '../../src/manifest/audio-content.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['wav', 'RIFF\x24\0\0\0WAVEfmt '],
  ['mp3', 'ID3\x04\0\0\0\0\0\0'],
  ['mp3', '\xff\xfb\x90\x64'],
  ['mp3', '\xff\xf3\x44\xc4'],
  ['mp3', '\0\0\0\0\xff\xfb\x90\x64'],
  ['m4a', '\0\0\0\x20ftypM4A \0\0\0\0'],
  ['m4a', '\0\0\0\x18ftypmp42\0\0\0\0'],
  ['m4a', '\0\0\0\x18ftypisom\0\0\x02\0'],
  ['m4a', '\0\0\0\x18ftypdash\0\0\0\0'],
] as const)('knows %s by %j', (content, head) => {
  expect(audioContentOf(bytes(head))).toBe(content);
});

test.each([
  '',
  'RIFF',
  'RIFF\x24\0\0\0AVI LIST',
  'OggS\0\x02',
  'fLaC\0\0\0\x22',
  // AAC in ADTS frames, then frames whose rates do not exist
  '\xff\xf1\x50\x80',
  '\xff\xfb\xf0\x64',
  '\xff\xfb\x9c\x64',
  '\xff\xff\xff\xff',
  '\0\0\0\x18ftypheic\0\0\0\0',
  '\0\0\0\x18ftypavif\0\0\0\0',
  '\0\0\0\0\0\0',
  '<!doctype html>',
])('takes %j for none of them', (head) => {
  expect(audioContentOf(bytes(head))).toBeUndefined();
});

test('never takes text for a song', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!/^(ID3|RIFF)|^.{4}ftyp/su.test(text));
      expect(audioContentOf(Buffer.from(text))).toBeUndefined();
    }),
  );
});
