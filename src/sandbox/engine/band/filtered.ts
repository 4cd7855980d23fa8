/**
 * Sounds of up to three oscillators, a little apart, behind a low-pass that opens and closes: strings,
 * winds, synthesizers. Corners of the waves are rounded (polyBLEP; Välimäki and Huovilainen 2007), so
 * that they do not alias; the filter is Chamberlin's state variable one.
 */
import { clamp, hertz, powerOfTwo, sineOfTurns } from '../arithmetic.ts';
import type { Chance } from '../random.ts';
import { decay, panned, sampleRate, type Stereo } from '../sound.ts';
import type { BandNote } from '../score/score.ts';
import type { Filtered } from './patches.ts';

/** Samples for which pitch and filter stand still. */
const block = 32;

/** Above a sixth of the sample rate the filter is no longer stable. */
const highestCutoff = 7000;

export function blow(
  into: Stereo,
  note: BandNote,
  patch: Filtered,
  brightness: number,
  draw: Chance,
): void {
  const first = Math.floor(note.start * sampleRate);
  const held = Math.floor(note.seconds * sampleRate);
  const count = Math.min(into.left.length - first, held + Math.floor(patch.release * sampleRate));
  const velocity = clamp(note.velocity, 0.05, 1.2);
  const hz = hertz(note.midi);
  const oscillators = oscillatorsOf(patch, draw);
  const [gainLeft, gainRight] = panned(note.pan);
  const level = (velocity * patch.level) / Math.sqrt(patch.oscillators);
  const toLeft = lowPass(patch.damping, level * gainLeft * 1.2);
  const toRight = lowPass(patch.damping, level * gainRight * 1.2);
  const envelope = envelopeOf(patch, held);
  const shape = new Float64Array(block);
  const leftBlock = new Float64Array(block);
  const rightBlock = new Float64Array(block);
  const fade = decay(patch.decay);
  let open = 1;
  for (let at = 0; at < count; at += block) {
    const length = Math.min(block, count - at);
    const seconds = at / sampleRate;
    const sway = sineOfTurns(5.2 * seconds) * Math.min(1, seconds * 3);
    const pitch = (hz * (1 + 0.004 * patch.vibrato * sway)) / sampleRate;
    leftBlock.fill(0);
    rightBlock.fill(0);
    for (const oscillator of oscillators) {
      oscillator(pitch, length, leftBlock, rightBlock);
    }
    const lit = patch.cutoff * (0.5 + brightness) * (0.6 + velocity * 0.6);
    const cutoff = Math.min(highestCutoff, lit * (1 + patch.opening * open * velocity) + hz * 0.5);
    for (let i = 0; i < length; i++) {
      shape[i] = envelope();
      open *= fade;
    }
    toLeft(leftBlock, shape, length, cutoff, into.left, first + at);
    toRight(rightBlock, shape, length, cutoff, into.right, first + at);
  }
}

/** Adds `length` samples of a wave at `pitch` (turns a sample) to both sides. */
type Oscillator = (pitch: number, length: number, left: Float64Array, right: Float64Array) => void;

function oscillatorsOf(patch: Filtered, draw: Chance): Oscillator[] {
  return Array.from({ length: patch.oscillators }, (_, i): Oscillator => {
    const place = patch.oscillators > 1 ? (i / (patch.oscillators - 1)) * 2 - 1 : 0;
    const apart = powerOfTwo((place * patch.detune) / 2400);
    const { saw, square } = patch;
    const [leftGain, rightGain] = [1 - place * 0.6, 1 + place * 0.6];
    let phase = draw.next();
    return (pitch, length, left, right) => {
      const step = pitch * apart;
      for (let k = 0; k < length; k++) {
        phase += step;
        if (phase >= 1) phase -= 1;
        const corner = rounding(phase, step);
        let wave = saw * (2 * phase - 1 - corner);
        if (square > 0) {
          const half = phase >= 0.5 ? phase - 0.5 : phase + 0.5;
          wave += square * ((phase < 0.5 ? 1 : -1) + corner - rounding(half, step));
        }
        left[k] = (left[k] ?? 0) + wave * leftGain;
        right[k] = (right[k] ?? 0) + wave * rightGain;
      }
    };
  });
}

/** What rounds a step of height 2 at phase 0, within a sample on either side. */
function rounding(phase: number, step: number): number {
  if (phase < step) {
    const x = phase / step;
    return x + x - x * x - 1;
  }
  if (phase > 1 - step) {
    const x = (phase - 1) / step;
    return x * x + x + x + 1;
  }
  return 0;
}

/** Attack, decay to the sustained level, release once the note is let go. */
function envelopeOf(patch: Filtered, held: number): () => number {
  const rise = 1 / Math.max(1, patch.attack * sampleRate);
  const fall = decay(patch.decay);
  const release = decay(patch.release * 0.3);
  let i = 0;
  let level = 0;
  return () => {
    const now = i++;
    if (now >= held) level *= release;
    else if (now * rise < 1) level = now * rise;
    else level = patch.sustain + (level - patch.sustain) * fall;
    return level;
  };
}

function lowPass(damping: number, gain: number) {
  let low = 0;
  let band = 0;
  return (
    input: Float64Array,
    shape: Float64Array,
    length: number,
    cutoff: number,
    out: Float32Array,
    at: number,
  ): void => {
    const tuned = 2 * sineOfTurns(cutoff / sampleRate / 2);
    let [l, b] = [low, band];
    for (let i = 0; i < length; i++) {
      l += tuned * b;
      b += tuned * ((input[i] ?? 0) * (shape[i] ?? 0) - l - damping * b);
      out[at + i] = (out[at + i] ?? 0) + l * gain;
    }
    low = l;
    band = b;
  };
}
