/**
 * How other scripts than Latin are read: Cyrillic and Greek letter by letter, Hangul and kana syllable
 * by syllable. Every character of a script that is not known here is sung as one syllable of its own.
 */
import { hash } from '../random.ts';
import type { Consonant, Phoneme, Vowel } from './syllable.ts';

const sounds: Readonly<Record<string, Vowel>> = {
  a: 'AA',
  e: 'EH',
  i: 'IY',
  o: 'OW',
  u: 'UW',
  y: 'IH',
};

/** One letter a consonant, as transcriptions below write them; `C` is ch, `X` sh, `J` zh, `Q` ts. */
const consonantsOf: Readonly<Record<string, readonly Consonant[]>> = {
  b: ['B'],
  c: ['CH'],
  d: ['D'],
  f: ['F'],
  g: ['G'],
  h: ['HH'],
  j: ['Y'],
  k: ['K'],
  l: ['L'],
  m: ['M'],
  n: ['N'],
  p: ['P'],
  r: ['R'],
  s: ['S'],
  t: ['T'],
  v: ['V'],
  w: ['W'],
  z: ['Z'],
  C: ['CH'],
  X: ['SH'],
  J: ['ZH'],
  Q: ['T', 'S'],
  N: ['NG'],
  D: ['JH'],
  T: ['TH'],
};

const cyrillic = pairs(
  'а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я і ї є ґ',
  'a b v g d je jo J z i j k l m n o p r s t u f h Q C X X . y . e ju ja i ji je g',
);
const greek = pairs(
  'α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ ς τ υ φ χ ψ ω',
  'a v g d e z i T i k l m n ks o p r s s t i f h ps o',
);

/** The syllables of hiragana from U+3041 on, small and voiced forms included; katakana lies 0x60 higher. */
const kana = (
  'a a i i u u e e o o ka ga ki gi ku gu ke ge ko go sa za Xi Di su zu se ze so zo ta da Ci Di tu ' +
  'tu zu te de to do na ni nu ne no ha ba pa hi bi pi fu bu pu he be pe ho bo po ma mi mu me mo ja ' +
  'ja ju ju jo jo ra ri ru re ro wa wa i e o N vu ka ke'
).split(' ');

const hangul = {
  initials: 'g kk n d tt r m b pp s s . D D C k t p h'.split(' '),
  vowels: 'a e ja je o e jo je o wa we we jo u wo we wi ju y yi i'.split(' '),
  finals: '. k k k n n n t l k m l l l p l m p p t t N t t k t p h'.split(' '),
};
const firstHangul = 0xac00;
const lastHangul = 0xd7a3;

/** @param run letters, none of them Latin */
export function readLetters(run: string): Phoneme[] {
  const phonemes: Phoneme[] = [];
  // What has no known sound is a syllable; marks on letters are part of them.
  for (const letter of run.replace(/\p{M}/gu, '')) {
    const written = transcribe(letter);
    phonemes.push(...(written === undefined ? readUnknown(letter) : readTranscription(written)));
  }
  // A run of consonants alone has still to be sung.
  if (!phonemes.some((phoneme) => 'vowel' in phoneme)) phonemes.push({ vowel: 'AX', stress: 1 });
  return phonemes;
}

function transcribe(letter: string): string | undefined {
  const code = letter.codePointAt(0) ?? 0;
  if (code >= 0x3041 && code <= 0x3096) return kana[code - 0x3041];
  if (code >= 0x30a1 && code <= 0x30f6) return kana[code - 0x30a1];
  // The long mark holds the vowel before it.
  if (letter === 'ー') return '';
  if (code >= firstHangul && code <= lastHangul) return transcribeHangul(code - firstHangul);
  return cyrillic.get(letter) ?? greek.get(letter);
}

/** Unicode composes Hangul arithmetically: 19 initials, 21 vowels, 28 finals. */
function transcribeHangul(index: number): string {
  const initial = hangul.initials[Math.floor(index / 588)] ?? '';
  const vowel = hangul.vowels[Math.floor((index % 588) / 28)] ?? '';
  const final = hangul.finals[index % 28] ?? '';
  return `${initial}${vowel}${final}`;
}

function readTranscription(written: string): Phoneme[] {
  return Array.from(written).flatMap((sign): Phoneme[] => {
    const vowel = sounds[sign];
    if (vowel !== undefined) return [{ vowel, stress: 1 }];
    return (consonantsOf[sign] ?? []).map((consonant) => ({ consonant }));
  });
}

const unknownOnsets = ['M', 'N', 'L', 'D', 'S', 'SH', 'T', 'K', 'HH', 'B', 'Y', 'W'] as const;
const unknownVowels = ['AA', 'IY', 'UW', 'EH', 'OW', 'AY', 'AO'] as const;

/** A syllable that the letter alone decides, so that a word is always sung the same. */
function readUnknown(letter: string): Phoneme[] {
  const draw = hash(letter);
  return [
    { consonant: unknownOnsets[draw % unknownOnsets.length] ?? 'N' },
    { vowel: unknownVowels[(draw >>> 8) % unknownVowels.length] ?? 'AA', stress: 1 },
  ];
}

function pairs(letters: string, sounding: string): ReadonlyMap<string, string> {
  const readings = sounding.split(' ');
  return new Map(letters.split(' ').map((letter, i) => [letter, readings[i] ?? '']));
}
