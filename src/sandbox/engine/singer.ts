/**
 * The lead: a tone a syllable whose spectrum has the formants of the syllable's vowel. It hums
 * vowels rather than sings words, but two texts do not sound the same.
 */
import { hertz, saturate, sineOfTurns } from './arithmetic.ts';
import type { Vowel } from './lyrics.ts';
import { type Chance, chance } from './random.ts';
import type { SungNote } from './sheet.ts';
import type { Stereo } from './stereo.ts';
import type { Voice } from './style.ts';
import { read, type Table, tableLength, tableOf } from './tables.ts';

/** Frequencies of the first three formants of a grown man, in Hz (after Peterson and Barney). */
const formants: Readonly<Record<Vowel, readonly [number, number, number]>> = {
  a: [730, 1090, 2440],
  e: [530, 1840, 2480],
  i: [270, 2290, 3010],
  o: [570, 840, 2410],
  u: [300, 870, 2240],
};

/** Sings notes into a mix; keeps the tables of the vowels and pitches it has sung. */
export function singerInto(into: Stereo, voice: Voice, gain: number): (note: SungNote) => void {
  const noise = chance('breath');
  const made = new Map<string, Table>();
  const tableFor = (note: SungNote): Table => {
    const name = `${note.vowel} ${note.midi}`;
    const known = made.get(name);
    if (known) return known;
    const hz = hertz(note.midi);
    const table = tableOf(spectrumOf(note.vowel, hz, voice), hz);
    made.set(name, table);
    return table;
  };
  return (note) => {
    const loud = { ...note, velocity: note.velocity * gain };
    sing(into, loud, tableFor(note), voice, noise);
    if (note.noisy) hiss(into, loud, voice, noise);
  };
}

/** Harmonics of a glottal buzz, which fall off, weighed by how near they lie to the formants. */
function spectrumOf(vowel: Vowel, hz: number, voice: Voice): number[] {
  const [f1, f2, f3] = formants[vowel];
  const near = (f: number, formant: number, width: number): number => {
    const distance = (f - formant * voice.size) / width;
    return 1 / (1 + distance * distance);
  };
  return Array.from({ length: 48 }, (_, i) => {
    const f = hz * (i + 1);
    const source = 1 / (1 + (f / (900 + voice.brightness * 3500)) * (i + 1) * 0.25);
    const throat = near(f, f1, 110) + 0.55 * near(f, f2, 140) + 0.35 * near(f, f3, 220);
    return source * (throat + 0.03);
  });
}

function sing(into: Stereo, note: SungNote, table: Table, voice: Voice, noise: Chance): void {
  const { left, right, sampleRate } = into;
  const first = Math.floor(note.start * sampleRate);
  const count = Math.min(Math.floor(note.seconds * sampleRate), left.length - first);
  const attack = Math.floor(0.025 * sampleRate);
  const release = Math.min(count / 2, Math.floor(0.06 * sampleRate));
  const step = (hertz(note.midi) * tableLength) / sampleRate;
  const drive = 1 + voice.grit * 4;

  let phase = 0;
  let speed = step;
  let breath = 0;
  for (let i = 0; i < count; i++) {
    if (i % 64 === 0) speed = step * bend(i / sampleRate, voice, noise);
    const rising = i < attack ? i / attack : 1;
    const falling = i < count - release ? 1 : (count - i) / release;
    // Breath is noise through a gentle low-pass.
    breath += (noise.signed() - breath) * 0.4;
    const tone = saturate(read(table, phase) * drive) / Math.sqrt(drive);
    const sound = (tone + breath * voice.breath * 0.08) * note.velocity * rising * falling;
    left[first + i] = (left[first + i] ?? 0) + sound;
    right[first + i] = (right[first + i] ?? 0) + sound;
    phase += speed;
    if (phase >= tableLength) phase -= tableLength;
  }
}

/** Factor on the pitch: a scoop from below, vibrato once the note stands, and a little roughness. */
function bend(seconds: number, voice: Voice, noise: Chance): number {
  const scoop = seconds < 0.06 ? -0.02 * (1 - seconds / 0.06) : 0;
  const depth = seconds < 0.25 ? 0 : Math.min(1, (seconds - 0.25) * 3) * 0.009;
  return (
    1 + scoop + depth * sineOfTurns(seconds * 5.4) + noise.signed() * 0.002 * (0.3 + voice.grit)
  );
}

/** The consonant before a syllable: a breath of high noise. */
function hiss(into: Stereo, note: SungNote, voice: Voice, noise: Chance): void {
  const { left, right, sampleRate } = into;
  const count = Math.floor(0.05 * sampleRate);
  const first = Math.max(0, Math.floor((note.start - 0.03) * sampleRate));
  let before = 0;
  for (let i = 0; i < count && first + i < left.length; i++) {
    const x = noise.signed();
    const shape = i < count / 2 ? i / (count / 2) : (count - i) / (count / 2);
    const sound = (x - before) * shape * note.velocity * (0.08 + voice.brightness * 0.1);
    before = x;
    left[first + i] = (left[first + i] ?? 0) + sound;
    right[first + i] = (right[first + i] ?? 0) + sound;
  }
}
