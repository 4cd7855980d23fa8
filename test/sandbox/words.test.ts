import { describe, expect, it } from 'vitest';

import { firstLine, readLyrics } from '../../src/sandbox/engine/words/lyrics.ts';
import { pronounce } from '../../src/sandbox/engine/words/pronunciation.ts';
import { spell } from '../../src/sandbox/engine/words/spelling.ts';

/** `HH AX.L OW` */
const said = (line: string): string =>
  pronounce(line)
    .map(({ onset, vowel, coda }) => [...onset, vowel, ...coda].join(' '))
    .join('.');

describe('lyrics', () => {
  it('lose what stands before the first label, and are one verse without any', () => {
    expect(readLyrics('lost\n[verse]\nkept')).toEqual([{ kind: 'verse', lines: ['kept'] }]);
    expect(readLyrics('one\ntwo')).toEqual([{ kind: 'verse', lines: ['one', 'two'] }]);
  });

  it.each([
    ['[Verse 1]', 'verse'],
    ['[Pre-Chorus]', 'pre-chorus'],
    ['[chorus]', 'chorus'],
    ['[Bridge]', 'bridge'],
    ['[guitar solo]', 'interlude'],
    ['[outro]', 'outro'],
    ['[intro]', 'intro'],
    ['[]', 'verse'],
  ])('%s is a %s', (label, kind) => {
    expect(readLyrics(`${label}\nla`)[0]?.kind).toBe(kind);
  });

  it('have a title', () => {
    expect(firstLine('[verse]\n\n  Hello\u0007 there \n')).toBe('Hello there');
    expect(firstLine('[verse]')).toBe('untitled');
  });
});

describe('pronunciation', () => {
  it.each([
    ['Hello', 'HH AX.L OW'],
    ['morning', 'M AO R.N IH NG'],
    ['through', 'TH R UW'],
    ["singin'", 'S IH NG.IH N'],
    ['extra', 'EH K.S T R AX'],
    ['constructor', 'K AX N.S T R AH K.T ER'],
    ['7', 'S EH.V AX N'],
  ])('%s is in the dictionary', (word, syllables) => {
    expect(said(word)).toBe(syllables);
  });

  it.each([
    ['brightening', 'B R AY T'],
    ['shoreless', 'SH AO R'],
    ['kniving', 'N AY'],
    ['zation', 'SH AX N'],
  ])('%s is spelt out', (word, part) => {
    const phonemes = spell(word).map((one) => ('vowel' in one ? one.vowel : one.consonant));
    expect(phonemes.join(' ')).toContain(part);
  });

  it.each([
    ['любовь', 'L Y UW.B OW V'],
    ['αγάπη', 'AA.G AA.P IY'],
    ['さくら', 'S AA.K UW.R AA'],
    ['サクラ', 'S AA.K UW.R AA'],
    ['한국', 'HH AA N.G UW K'],
    ['über', 'Y UW.B ER'],
  ])('%s is read by its letters', (word, syllables) => {
    expect(said(word)).toBe(syllables);
  });

  it.each([
    ['日本', 2],
    ['سلام', 4],
    ['99', 2],
    ['brr', 1],
    ['🎵', 0],
    ['', 0],
  ])('%s has %i syllables', (word, count) => {
    expect(pronounce(word)).toHaveLength(count);
  });

  it('leans on the words that carry a line, and breathes at commas', () => {
    const syllables = pronounce('the sun, and me');
    expect(syllables.map(({ stress }) => stress)).toEqual([0.5, 2, 0.5, 0.5]);
    expect(syllables.map(({ then }) => then)).toEqual(['space', 'pause', 'space', 'space']);
  });
});
