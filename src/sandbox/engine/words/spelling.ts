/**
 * How English words that no dictionary has are read: letter-to-sound rules in the manner of Elovitz et
 * al. (NRL Report 7948, 1976). At each place the first rule that fits wins; a rule is the letters, their
 * phonemes, and what must stand before and after them.
 */
import { type Consonant, type Phoneme, type Vowel, vowels } from './syllable.ts';

type Rule = readonly [letters: string, phonemes: string, before?: RegExp, after?: RegExp];

const any = /(?:)/;

const endings: readonly Rule[] = [
  ['ssion', 'SH AX N'],
  ['tion', 'SH AX N'],
  ['sion', 'ZH AX N'],
  ['cial', 'SH AX L'],
  ['tial', 'SH AX L'],
  ['cious', 'SH AX S'],
  ['tious', 'SH AX S'],
  ['ture', 'CH ER', /./, /^s?$/],
  ['sure', 'ZH ER', /[aeiou]$/, /^s?$/],
  ['ous', 'AX S', /./, /^$/],
  ['que', 'K', /./, /^$/],
];

const clusters: readonly Rule[] = [
  ['kn', 'N', /^$/],
  ['wr', 'R', /^$/],
  ['ps', 'S', /^$/],
  ['gn', 'N', /^$/],
  ['x', 'Z', /^$/],
  ['eigh', 'EY'],
  ['augh', 'AO'],
  ['ough', 'AO'],
  ['igh', 'AY'],
  ['tch', 'CH'],
  ['dge', 'JH', any, /^s?$/],
  ['dg', 'JH', any, /^[eiy]/],
  ['sch', 'SH'],
  ['sci', 'S AY', /^$/],
  ['ch', 'K', any, /^[rl]/],
  ['ch', 'CH'],
  ['sh', 'SH'],
  ['th', 'DH', /[aeiou]$/, /^e/],
  ['th', 'TH'],
  ['ph', 'F'],
  ['wh', 'W'],
  ['ck', 'K'],
  ['qu', 'K W'],
  ['ng', 'NG', any, /^(s|ing|ed|er)?$/],
  ['ng', 'NG G'],
  ['n', 'NG', any, /^[kxq]/],
  ['gh', 'G', /^$/],
  ['gh', ''],
  ['mb', 'M', any, /^s?$/],
  ['sc', 'S', any, /^[eiy]/],
  ['cc', 'K S', any, /^[eiy]/],
];

const vowelPairs: readonly Rule[] = [
  ['eye', 'AY'],
  ['ee', 'IY'],
  ['ear', 'IH R'],
  ['ea', 'IY'],
  ['oor', 'AO R'],
  ['ook', 'UH K'],
  ['oo', 'UW'],
  ['our', 'AO R'],
  ['ould', 'UH D'],
  ['oul', 'OW L'],
  ['ou', 'AW'],
  ['own', 'AW N', /./],
  ['ow', 'OW'],
  ['oi', 'OY'],
  ['oy', 'OY'],
  ['air', 'EH R'],
  ['ai', 'EY'],
  ['ay', 'EY'],
  ['au', 'AO'],
  ['aw', 'AO'],
  ['ey', 'IY'],
  ['ei', 'IY'],
  ['ier', 'IY ER'],
  ['ies', 'IY Z', /../, /^$/],
  ['ie', 'AY', /^.{1,2}$/, /^[sd]?$/],
  ['ie', 'IY'],
  ['oa', 'OW'],
  ['oe', 'OW', any, /^s?$/],
  ['ue', 'UW', any, /^s?$/],
  ['ui', 'UW'],
  ['ew', 'UW'],
  ['eu', 'Y UW'],
  ['ia', 'IY AX'],
  ['io', 'IY OW'],
  ['eo', 'IY AX'],
  ['ua', 'UW AX'],
];

const vowelsBeforeROrL: readonly Rule[] = [
  ['are', 'EH R', any, /^s?$/],
  ['ire', 'AY ER', any, /^s?$/],
  ['ore', 'AO R', any, /^s?$/],
  ['ure', 'Y UH R', any, /^s?$/],
  ['ere', 'IH R', any, /^s?$/],
  ['war', 'W AO R'],
  ['arr', 'AE R'],
  ['ar', 'AA R'],
  ['err', 'EH R'],
  ['er', 'ER'],
  ['ir', 'ER'],
  ['ur', 'ER'],
  ['or', 'ER', /.[aeiou][^aeiou]+$/, /^s?$/],
  ['or', 'AO R'],
  ['all', 'AO L'],
  ['alk', 'AO K'],
  ['ol', 'OW L', any, /^[dkt]/],
  ['ind', 'AY N D', any, /^$/],
  ['ild', 'AY L D', any, /^$/],
];

const finalE: readonly Rule[] = [
  ['ed', 'AX D', /[td]$/, /^$/],
  ['ed', 'T', /(p|k|f|s|sh|ch)$/, /^$/],
  ['ed', 'D', /[aeiou].*[^e]$/, /^$/],
  ['es', 'AX Z', /(s|x|z|sh|ch|c|g)$/, /^$/],
  ['es', 'Z', /./, /^$/],
  ['le', 'AX L', /[bcdfgkpstz]$/, /^s?$/],
  ['e', '', /[aeiouy].*$/, /^(ly|ness|less|ful|ment)$/],
  ['e', 'IY', /^[^aeiouy]*$/, /^$/],
  ['e', '', /./, /^$/],
];

const openVowels: readonly Rule[] = [
  ['a', 'EY', any, /^[bcdfgklmnpstvz](e|ing|ed|es|er)/],
  ['a', 'AX', /^$/, /^[bclmnr][bclmnr]?[^aeiou]?[aeiou]/],
  ['a', 'AX', /[aeiou].*$/, /^(ge|te|ce|l|n|nt|nce)?s?$/],
  ['i', 'AY', any, /^[bcdfgklmnpstvz](e|ing)/],
  ['o', 'OW', any, /^[bcdfgklmnpstvz](e|ing)/],
  ['u', 'UW', any, /^[bcdfgklmnprstvz](e|i|a|o)/],
  ['e', 'IY', /^[^aeiou]*$/, /^[bcdfgklmnprstvz][aeiou]/],
  ['y', 'Y', /^$/, /^[aeiou]/],
  ['y', 'AY', /^[^aeiou]+$/, /^$/],
  ['y', 'IY', any, /^$/],
  ['y', 'AY', any, /^[^aeiou]e$/],
  ['y', 'IH'],
];

const letters: readonly Rule[] = [
  ['a', 'AE'],
  ['e', 'AX', /[aeiou].*$/, /^[nlmt]s?$/],
  ['e', 'EH'],
  ['i', 'IH'],
  ['o', 'OW', any, /^$/],
  ['o', 'AX', /[aeiou].*$/, /^[nmlts]$/],
  ['o', 'AA'],
  ['u', 'UH', /[pbf]$/, /^(ll|sh)/],
  ['u', 'AH'],
  ['c', 'S', any, /^[eiy]/],
  ['c', 'K'],
  ['g', 'JH', any, /^[eiy]/],
  ['g', 'G'],
  ['s', 'Z', /[aeiou]$/, /^([aeiou]|$)/],
  ['s', 'Z', /[bdgvmnlr]$/, /^$/],
  ['s', 'S'],
  ['x', 'K S'],
  ['j', 'JH'],
  ['h', 'HH', any, /^[aeiouy]/],
  ['h', ''],
  ['q', 'K'],
  ['b', 'B'],
  ['d', 'D'],
  ['f', 'F'],
  ['k', 'K'],
  ['l', 'L'],
  ['m', 'M'],
  ['n', 'N'],
  ['p', 'P'],
  ['r', 'R'],
  ['t', 'T'],
  ['v', 'V'],
  ['w', 'W'],
  ['z', 'Z'],
];

const rules: ReadonlyMap<string, readonly Rule[]> = Map.groupBy(
  [
    ...endings,
    ...clusters,
    ...vowelPairs,
    ...vowelsBeforeROrL,
    ...finalE,
    ...openVowels,
    ...letters,
  ],
  ([graphemes]) => graphemes.charAt(0),
);

/** Rules look at no more than this of a word: nobody sings longer ones. */
const longest = 60;

/** @param word lower-case Latin letters only */
export function spell(word: string): Phoneme[] {
  const symbols: string[] = [];
  const text = word.slice(0, longest);
  for (let at = 0; at < text.length;) {
    const rule = rules.get(text.charAt(at))?.find((candidate) => fits(candidate, text, at));
    for (const symbol of rule?.[1].split(' ') ?? []) {
      // Double consonants sound once.
      if (symbol !== '' && (symbol !== symbols.at(-1) || isVowel(symbol))) symbols.push(symbol);
    }
    at += rule?.[0].length ?? 1;
  }
  if (!symbols.some(isVowel)) symbols.push('AX');
  return withStress(symbols);
}

function fits([graphemes, , before, after]: Rule, text: string, at: number): boolean {
  return (
    text.startsWith(graphemes, at) &&
    (before?.test(text.slice(0, at)) ?? true) &&
    (after?.test(text.slice(at + graphemes.length)) ?? true)
  );
}

/** The first vowel that is not the weak one carries the word. */
function withStress(symbols: readonly string[]): Phoneme[] {
  const main = symbols.findIndex((symbol) => isVowel(symbol) && symbol !== 'AX');
  return symbols.map((symbol, i) =>
    isVowel(symbol)
      ? { vowel: symbol, stress: i === main ? 2 : 0 }
      : { consonant: symbol as Consonant },
  );
}

function isVowel(symbol: string): symbol is Vowel {
  return vowels.some((vowel) => vowel === symbol);
}
