/**
 * The model's 102 instrument tags, by what they become in the band: who plays the chords, who the
 * bass, what joins the drums. Instruments that the band does not have are played by their next of kin.
 */
import type { BassName, PatchName } from '../band/patches.ts';
import type { DrumName } from './family.ts';

export type Role =
  | { readonly part: 'chords'; readonly patch: PatchName }
  | { readonly part: 'bass'; readonly patch: BassName }
  /** The drums come forward, and one of them plays a pattern of its own. */
  | { readonly part: 'drums'; readonly joins: DrumName }
  /** Says nothing of the band: it plays as its genre does. */
  | { readonly part: 'any' };

const chords: readonly (readonly [PatchName, string])[] = [
  ['piano', 'Piano|Musical instrument'],
  ['electric piano', 'Keyboard|keys|Keyboards|electricpiano|electric piano'],
  ['harpsichord', 'harpsichord'],
  ['organ', 'organ'],
  ['accordion', 'accordion|concertina|harmonica'],
  ['guitar', 'guitar|acoustic guitar|acousticguitar|guitars|singer-songwriter'],
  ['nylon guitar', 'Nylon string guitar|Ukulele|Cavaquinho|charango'],
  ['electric guitar', 'electric guitar|electricguitar'],
  ['slide guitar', 'pedal steel guitar|pedal steel|slideguitar|Dobro guitar|Dobro|steel guitar'],
  ['banjo', 'banjo'],
  ['harp', 'harp|Koto|zither|bandura|dulcimer'],
  ['oud', 'Oud|Qanun|Kanun|Sitar'],
  ['strings', 'Cello|strings|string'],
  ['fiddle', 'Violin|fiddle|Erhu'],
  ['brass', 'brass|Trombone|horns|Horn'],
  ['trumpet', 'trumpet'],
  ['saxophone', 'saxophone|Alto saxophone|soprano saxophone'],
  ['flute', 'flute|hu lu si|ney|shakuhachi|whistle'],
  ['oboe', 'oboe|oboes'],
  ['choir', 'voice|vocal|singing|Vocals|choir|vocal samples|lyrics'],
  ['synth', 'synthesizer|synth|synth_lead'],
  ['pluck', 'computer|Ableton'],
  ['bell', 'glockenspiel'],
  ['mallets', 'mallets|mallet|Marimba|Steel pan'],
];

const basses: readonly (readonly [BassName, string])[] = [
  ['fingered bass', 'bass|bass guitar|Funky bass'],
  ['saw bass', 'Synth bass'],
  ['sub bass', '808 bass'],
];

const drums: readonly (readonly [DrumName, string])[] = [
  ['hat', 'drums|drum|acoustic drums'],
  ['clap', 'Drum machine|synth drums|beat|beats'],
  ['rim', 'beatboxing|rapping|turntables'],
  ['conga', 'congas|Bongos|tabla|Dholak|toms|Percussion'],
  ['shaker', 'Tambourine|maracas|pandeira'],
];

const byTag: ReadonlyMap<string, Role> = new Map<string, Role>([
  ...chords.flatMap(([patch, tags]) => entries(tags, { part: 'chords', patch })),
  ...basses.flatMap(([patch, tags]) => entries(tags, { part: 'bass', patch })),
  ...drums.flatMap(([joins, tags]) => entries(tags, { part: 'drums', joins })),
  ...entries('None', { part: 'any' }),
]);

function entries(tags: string, role: Role): [string, Role][] {
  return tags.split('|').map((tag) => [tag, role]);
}

/** Undefined for a tag that the model does not have. */
export function roleOf(tag: string): Role | undefined {
  return byTag.get(tag);
}
