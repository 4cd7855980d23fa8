/**
 * How a note of the band sounds: two voices, slightly detuned, left and right; a spectrum that goes
 * from bright to mellow while the level falls.
 */
import { halving, hertz, powerOfTwo } from './arithmetic.ts';
import { patches } from './patches.ts';
import type { Note } from './sheet.ts';
import type { Stereo } from './stereo.ts';
import { read, type Table, tableLength, tableOf } from './tables.ts';

interface Spectra {
  readonly bright: Table;
  readonly mellow: Table;
}

/** Plays notes into a mix; keeps the tables of a song, which recur with every note. */
export function bandPlayer(into: Stereo, brightness: number, gain: number): (note: Note) => void {
  const made = new Map<string, Spectra>();
  const spectraOf = (note: Note): Spectra => {
    const name = `${note.patch} ${note.midi}`;
    const known = made.get(name);
    if (known) return known;
    const patch = patches[note.patch];
    const hz = hertz(note.midi);
    const spectra = { bright: tableOf(patch.bright, hz), mellow: tableOf(patch.mellow, hz) };
    made.set(name, spectra);
    return spectra;
  };
  return (note) => {
    play(into, note, spectraOf(note), { brightness, gain });
  };
}

function play(
  into: Stereo,
  note: Note,
  { bright, mellow }: Spectra,
  { brightness, gain }: { readonly brightness: number; readonly gain: number },
): void {
  const { left, right, sampleRate } = into;
  const patch = patches[note.patch];
  const first = Math.floor(note.start * sampleRate);
  const held = Math.floor(note.seconds * sampleRate);
  const release = Math.max(1, Math.floor(patch.release * sampleRate));
  const attack = Math.max(1, Math.floor(patch.attack * sampleRate));
  const count = Math.min(held + release, left.length - first);
  const step = (hertz(note.midi) * tableLength) / sampleRate;
  const apart = powerOfTwo(patch.spread / 2400);
  const steps = [step / apart, step * apart] as const;
  const fade = halving(patch.fade, sampleRate);
  const settle = halving(patch.settle, sampleRate);

  let phaseA = 0;
  let phaseB = tableLength * 0.37;
  let level = patch.level * note.velocity * gain;
  let sharpness = (0.35 + brightness * 0.65) * (0.5 + note.velocity * 0.5);
  const gainLeft = Math.sqrt(0.5 - note.pan * 0.5);
  const gainRight = Math.sqrt(0.5 + note.pan * 0.5);
  for (let i = 0; i < count; i++) {
    const rising = i < attack ? i / attack : 1;
    const falling = i < held ? 1 : 1 - (i - held) / release;
    const loud = level * rising * falling;
    const dullA = read(mellow, phaseA);
    const dullB = read(mellow, phaseB);
    const a = (dullA + (read(bright, phaseA) - dullA) * sharpness) * loud;
    const b = (dullB + (read(bright, phaseB) - dullB) * sharpness) * loud;
    left[first + i] = (left[first + i] ?? 0) + (a * 0.7 + b * 0.3) * gainLeft;
    right[first + i] = (right[first + i] ?? 0) + (a * 0.3 + b * 0.7) * gainRight;
    level *= fade;
    sharpness *= settle;
    phaseA += steps[0];
    if (phaseA >= tableLength) phaseA -= tableLength;
    phaseB += steps[1];
    if (phaseB >= tableLength) phaseB -= tableLength;
  }
}
