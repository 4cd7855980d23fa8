/**
 * A line of lyrics -> syllables to sing: English by the CMU dictionary, by spelling rules where it has
 * no such word, other scripts by their letters.
 */
import { dictionary } from 'cmu-pronouncing-dictionary';

import { readLetters } from './scripts.ts';
import { spell } from './spelling.ts';
import { type Consonant, consonants, type Phoneme, type Syllable, syllabify } from './syllable.ts';
import { type Vowel, vowels } from './syllable.ts';

const words = /[\p{L}\p{M}\p{N}'’]+|[,.!?;:—–…、。，！？]/gu;

export function pronounce(line: string): Syllable[] {
  const sung: Syllable[] = [];
  for (const [word] of line.matchAll(words)) {
    if (/[\p{L}\p{N}]/u.test(word)) sung.push(...syllablesOf(word));
    else {
      const last = sung.pop();
      if (last) sung.push({ ...last, then: 'pause' });
    }
  }
  return sung;
}

/** Runs of Latin letters, single digits, runs of anything else. */
const runs = /[a-z']+|\p{N}|[^a-z'\p{N}]+/gu;

function syllablesOf(word: string): Syllable[] {
  // Accents come off, then what is left is put together again: NFD alone takes Hangul apart.
  const bare = word
    .toLowerCase()
    .replaceAll('’', "'")
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
  return Array.from(bare.matchAll(runs), ([run]) => run).flatMap((run) => {
    if (/^[0-9]$/.test(run)) return syllabify(inEnglish(digits[Number(run)] ?? ''));
    return /[a-z]/.test(run) ? syllabify(inEnglish(run)) : syllabify(readLetters(run));
  });
}

const digits = 'zero one two three four five six seven eight nine'.split(' ');

/** Words that a line does not lean on, though the dictionary stresses every word of one syllable. */
const weak = new Set(
  (
    'a an the of to in on and or but at for from with my your his her its is are was be it i you ' +
    'we he she they that this as so if by me us'
  ).split(' '),
);

function inEnglish(word: string): Phoneme[] {
  const phonemes = lookUp(word) ?? spell(word.replaceAll("'", ''));
  if (!weak.has(word)) return phonemes;
  return phonemes.map((phoneme) => ('vowel' in phoneme ? { ...phoneme, stress: 0.5 } : phoneme));
}

function lookUp(word: string): Phoneme[] | undefined {
  const found =
    entryOf(word) ?? (word.endsWith("in'") ? entryOf(`${word.slice(0, -1)}g`) : undefined);
  return found?.split(' ').flatMap(readPhoneme);
}

function entryOf(word: string): string | undefined {
  return Object.hasOwn(dictionary, word) ? dictionary[word] : undefined;
}

const stresses = [0, 2, 1] as const;

/** `AH0`: a vowel and its stress (0 none, 1 primary, 2 secondary), or a consonant. */
function readPhoneme(symbol: string): Phoneme[] {
  const name = symbol.replace(/\d/, '');
  if (symbol === 'AH0') return [{ vowel: 'AX', stress: 0 }];
  if (isVowel(name)) return [{ vowel: name, stress: stresses[Number(symbol.at(-1))] ?? 0 }];
  return isConsonant(name) ? [{ consonant: name }] : [];
}

function isVowel(name: string): name is Vowel {
  return vowels.some((vowel) => vowel === name);
}

function isConsonant(name: string): name is Consonant {
  return consonants.some((consonant) => consonant === name);
}
