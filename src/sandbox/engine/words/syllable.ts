/**
 * Phonemes -> syllables. Phonemes are named as in the CMU dictionary (ARPAbet), with AX for the vowel
 * that it writes AH0.
 */
export const vowels = [
  'AA',
  'AE',
  'AH',
  'AO',
  'AW',
  'AX',
  'AY',
  'EH',
  'ER',
  'EY',
  'IH',
  'IY',
  'OW',
  'OY',
  'UH',
  'UW',
] as const;
export type Vowel = (typeof vowels)[number];

export const consonants = [
  'B',
  'CH',
  'D',
  'DH',
  'F',
  'G',
  'HH',
  'JH',
  'K',
  'L',
  'M',
  'N',
  'NG',
  'P',
  'R',
  'S',
  'SH',
  'T',
  'TH',
  'V',
  'W',
  'Y',
  'Z',
  'ZH',
] as const;
export type Consonant = (typeof consonants)[number];

/** A vowel's stress: 0 none, 1 secondary, 2 primary; short words have 0.5. */
export type Phoneme =
  { readonly consonant: Consonant } | { readonly vowel: Vowel; readonly stress: number };

export interface Syllable {
  readonly onset: readonly Consonant[];
  readonly vowel: Vowel;
  readonly coda: readonly Consonant[];
  readonly stress: number;
  /** What follows: the same word, another, or a comma's pause. */
  readonly then: 'word' | 'space' | 'pause';
}

/** Syllables of one word. Consonants between vowels go to the later one as far as English lets them. */
export function syllabify(phonemes: readonly Phoneme[]): Syllable[] {
  const nuclei = phonemes.flatMap((phoneme, i) => ('vowel' in phoneme ? [{ ...phoneme, i }] : []));
  let start = 0;
  return nuclei.map(({ vowel, stress, i }, k) => {
    const next = nuclei[k + 1]?.i;
    const between = consonantsOf(phonemes, i + 1, next ?? phonemes.length);
    let kept = next === undefined ? between.length : 0;
    while (!canBegin(between.slice(kept))) kept++;
    const onset = consonantsOf(phonemes, start, i);
    start = i + 1 + kept;
    const then = next === undefined ? 'space' : 'word';
    return { onset, vowel, coda: between.slice(0, kept), stress, then };
  });
}

function consonantsOf(phonemes: readonly Phoneme[], from: number, to: number): Consonant[] {
  return phonemes
    .slice(from, to)
    .flatMap((phoneme) => ('consonant' in phoneme ? [phoneme.consonant] : []));
}

const liquids: ReadonlySet<string> = new Set(['L', 'R', 'W', 'Y']);
const beforeLiquids = new Set('P B T D K G F TH SH V M N HH'.split(' '));
const afterS = new Set('P T K M N L W F'.split(' '));

/** Whether an English syllable can begin so. */
function canBegin([first, second, third, ...more]: readonly Consonant[]): boolean {
  if (first === undefined) return true;
  if (second === undefined) return first !== 'NG';
  if (more.length > 0) return false;
  if (third !== undefined) {
    return (
      first === 'S' && (second === 'P' || second === 'T' || second === 'K') && liquids.has(third)
    );
  }
  return (beforeLiquids.has(first) && liquids.has(second)) || (first === 'S' && afterS.has(second));
}
