/**
 * Sounds of partials that ring and die away: piano, bells, bars; an organ's never do. Each partial is a
 * point that turns about the origin and draws nearer: two multiplications a sample, and no sine.
 */
import { clamp, cosineOfTurns, hertz, powerOfTwo, sineOfTurns } from '../arithmetic.ts';
import { decay, panned, sampleRate, type Stereo } from '../sound.ts';
import type { BandNote } from '../score/score.ts';
import type { Struck } from './patches.ts';

export function strike(into: Stereo, note: BandNote, patch: Struck, brightness: number): void {
  const first = Math.floor(note.start * sampleRate);
  const held = Math.floor(note.seconds * sampleRate);
  const count = Math.min(into.left.length - first, held + Math.floor(patch.release * sampleRate));
  const shorter = patch.halvesEvery ? powerOfTwo((48 - note.midi) / patch.halvesEvery) : 1;
  const velocity = clamp(note.velocity, 0.05, 1.2);
  const hz = hertz(note.midi);
  patch.partials.forEach(([ratio, level, seconds], i) => {
    const turns = (hz * ratio) / sampleRate;
    if (turns > 0.45) return;
    // The harder a key is struck, the more of its upper partials sound.
    const overtone = i === 0 ? 1 : 0.5 + brightness * velocity;
    ring(into, {
      first,
      held,
      count,
      turns,
      level: level * overtone * patch.level * velocity,
      decay: decay(seconds * shorter),
      // Slower to die for the long releases of bells than for a damped string.
      damping: decay(patch.release * 0.25),
      attack: Math.max(1, Math.floor(patch.attack * sampleRate)),
      pan: note.pan,
    });
  });
}

interface Partial {
  readonly first: number;
  readonly held: number;
  readonly count: number;
  /** Of a circle, a sample. */
  readonly turns: number;
  readonly level: number;
  readonly decay: number;
  readonly damping: number;
  readonly attack: number;
  readonly pan: number;
}

function ring({ left, right }: Stereo, partial: Partial): void {
  const { first, held, count, attack, damping } = partial;
  const [gainLeft, gainRight] = panned(partial.pan);
  const along = cosineOfTurns(partial.turns) * partial.decay;
  const across = sineOfTurns(partial.turns) * partial.decay;
  let x = 0;
  let y = partial.level;
  for (let i = 0; i < count; i++) {
    const turned = x * along + y * across;
    y = y * along - x * across;
    x = turned;
    if (i > held) {
      x *= damping;
      y *= damping;
    }
    const sound = i < attack ? (x * i) / attack : x;
    left[first + i] = (left[first + i] ?? 0) + sound * gainLeft;
    right[first + i] = (right[first + i] ?? 0) + sound * gainRight;
  }
}
