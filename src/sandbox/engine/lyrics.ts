/**
 * Lyrics -> sections of lines of syllables. Sections begin at `[label]`; text before the first label
 * is lost, as with YuE, unless there is no label at all: then everything is one verse.
 */
export type SectionKind = 'intro' | 'verse' | 'chorus' | 'bridge' | 'outro';
export type Vowel = 'a' | 'e' | 'i' | 'o' | 'u';

export interface Syllable {
  readonly vowel: Vowel;
  /** Begins with a consonant that hisses or pops: s, t, k, f, p, h, ... */
  readonly noisy: boolean;
}

export interface Section {
  readonly kind: SectionKind;
  readonly lines: readonly (readonly Syllable[])[];
}

/** Longer lines are sung as several. */
const syllablesInALine = 22;

export function readLyrics(lyrics: string): Section[] {
  const parts = lyrics.split(/\[([^\]\n]*)\]/);
  if (parts.length === 1) return [{ kind: 'verse', lines: linesOf(lyrics) }];
  const sections: Section[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    sections.push({ kind: kindOf(parts[i] ?? ''), lines: linesOf(parts[i + 1] ?? '') });
  }
  return sections;
}

/** The first words that are sung, for a title; at most 60 characters. */
export function firstLine(lyrics: string): string {
  const lines = lyrics.split('\n').map((line) => line.replace(/\[[^\]]*\]|\p{Cc}/gu, '').trim());
  return Array.from(lines.find((line) => line !== '') ?? 'untitled')
    .slice(0, 60)
    .join('');
}

function kindOf(label: string): SectionKind {
  const name = label.toLowerCase();
  if (name.includes('intro')) return 'intro';
  if (/outro|end/.test(name)) return 'outro';
  if (/bridge|break|solo|inst/.test(name)) return 'bridge';
  if (name.includes('pre')) return 'verse';
  return /chorus|hook|refrain/.test(name) ? 'chorus' : 'verse';
}

function linesOf(text: string): Syllable[][] {
  return text.split('\n').flatMap((line) => {
    const syllables = (line.match(/[\p{L}\p{N}\p{M}'’]+/gu) ?? []).flatMap(syllablesOf);
    const pieces = Math.ceil(syllables.length / syllablesInALine);
    const length = Math.ceil(syllables.length / pieces);
    return Array.from({ length: pieces }, (_, i) => syllables.slice(i * length, (i + 1) * length));
  });
}

/** Scripts that write one syllable a character. */
const syllabic = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{N}]/u;

/** Vowels of the alphabets we know, by the Latin vowel that they sound most like. */
const spellings: readonly (readonly [Vowel, string])[] = [
  ['a', 'aаяα'],
  ['e', 'eеэε'],
  ['i', 'iyиыіηι'],
  ['o', 'oоοω'],
  ['u', 'uуюυ'],
];
const vowels: ReadonlyMap<string, Vowel> = new Map(
  spellings.flatMap(([vowel, letters]) => Array.from(letters, (letter) => [letter, vowel])),
);

function syllablesOf(word: string): Syllable[] {
  // Accents come off, then what is left is put together again: NFD alone takes Hangul apart.
  const bare = word
    .normalize('NFD')
    .replace(/[\p{M}'’]/gu, '')
    .normalize('NFC');
  const letters = Array.from(bare.toLowerCase());
  const found: Syllable[] = [];
  let noisy = false;
  let inVowel = false;
  letters.forEach((letter, i) => {
    const vowel = vowels.get(letter);
    if (syllabic.test(letter)) found.push({ vowel: anyVowel(letter), noisy: i % 2 === 0 });
    const silent = letter === 'e' && i === letters.length - 1 && found.length > 0;
    if (vowel !== undefined && !inVowel && !silent) {
      found.push({ vowel, noisy });
      noisy = false;
    } else if (vowel === undefined) {
      noisy = 'sztkcfpqhxсшщчткфхцп'.includes(letter);
    }
    inVowel = vowel !== undefined;
  });
  if (found.length > 0) return found;
  // A word without vowels that we know ("hmm", or a script we cannot read): two letters a syllable.
  return letters
    .filter((_, i) => i % 2 === 0)
    .map((letter) => ({ vowel: anyVowel(letter), noisy: false }));
}

function anyVowel(letter: string): Vowel {
  const order = ['a', 'i', 'u', 'e', 'o'] as const;
  return order[(letter.codePointAt(0) ?? 0) % order.length] ?? 'a';
}
