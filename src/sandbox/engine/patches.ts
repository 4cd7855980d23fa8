/**
 * The instruments: a patch is a bright and a mellow spectrum, and how a note moves from the one to
 * the other and fades. `tables.ts` makes wave tables of the spectra.
 */
export interface Patch {
  /** Amplitude of the first, second, ... harmonic when the note begins. */
  readonly bright: readonly number[];
  /** The same when the note has settled. */
  readonly mellow: readonly number[];
  /** Seconds to full level. */
  readonly attack: number;
  /** Seconds in which the level halves while held. */
  readonly fade: number;
  /** Seconds in which the bright spectrum has halfway become the mellow one. */
  readonly settle: number;
  /** Seconds from release to silence. */
  readonly release: number;
  /** Detune between the left and the right voice, in hundredths of a semitone. */
  readonly spread: number;
  readonly level: number;
}

export const patchNames = [
  'piano',
  'electric-piano',
  'guitar',
  'overdrive',
  'strings',
  'pad',
  'synth',
  'organ',
  'brass',
  'flute',
  'bell',
] as const;
export type PatchName = (typeof patchNames)[number];

export const patches: Readonly<Record<PatchName | 'bass', Patch>> = {
  piano: {
    bright: falling(14, 1.1),
    mellow: falling(5, 2),
    attack: 0.004,
    fade: 0.7,
    settle: 0.25,
    release: 0.18,
    spread: 2,
    level: 0.75,
  },
  'electric-piano': {
    bright: [1, 0.25, 0.1, 0.3, 0.05, 0.02, 0.12],
    mellow: [1, 0.12, 0.03],
    attack: 0.004,
    fade: 0.9,
    settle: 0.15,
    release: 0.2,
    spread: 5,
    level: 0.8,
  },
  guitar: {
    bright: [1, 0.9, 0.6, 0.5, 0.2, 0.3, 0.25, 0.15, 0.12, 0.1, 0.08, 0.06],
    mellow: falling(4, 1.8),
    attack: 0.002,
    fade: 0.35,
    settle: 0.12,
    release: 0.12,
    spread: 3,
    level: 0.8,
  },
  overdrive: {
    bright: oddly(24, 0.8),
    mellow: falling(16, 0.9),
    attack: 0.005,
    fade: 2.5,
    settle: 0.5,
    release: 0.06,
    spread: 9,
    level: 0.4,
  },
  strings: {
    bright: falling(18, 1),
    mellow: falling(12, 1.2),
    attack: 0.12,
    fade: 6,
    settle: 1.5,
    release: 0.3,
    spread: 12,
    level: 0.45,
  },
  pad: {
    bright: falling(10, 1.4),
    mellow: falling(6, 1.7),
    attack: 0.25,
    fade: 8,
    settle: 2,
    release: 0.6,
    spread: 14,
    level: 0.5,
  },
  synth: {
    bright: falling(28, 0.9),
    mellow: falling(8, 1.2),
    attack: 0.005,
    fade: 0.8,
    settle: 0.12,
    release: 0.1,
    spread: 16,
    level: 0.45,
  },
  organ: {
    bright: [0.8, 1, 0.6, 0.5, 0, 0.3, 0, 0.25],
    mellow: [0.8, 1, 0.6, 0.4, 0, 0.2],
    attack: 0.012,
    fade: 20,
    settle: 0.1,
    release: 0.05,
    spread: 6,
    level: 0.4,
  },
  brass: {
    bright: [0.7, 1, 0.95, 0.8, 0.6, 0.45, 0.3, 0.2, 0.12],
    mellow: [1, 0.9, 0.6, 0.4, 0.25, 0.12],
    attack: 0.05,
    fade: 5,
    settle: 0.4,
    release: 0.1,
    spread: 7,
    level: 0.4,
  },
  flute: {
    bright: [1, 0.35, 0.15, 0.05],
    mellow: [1, 0.2, 0.08],
    attack: 0.06,
    fade: 5,
    settle: 0.3,
    release: 0.12,
    spread: 4,
    level: 0.7,
  },
  bell: {
    bright: [1, 0, 0.6, 0, 0.35, 0.3, 0, 0, 0.2],
    mellow: [1, 0, 0.15],
    attack: 0.002,
    fade: 0.5,
    settle: 0.2,
    release: 0.5,
    spread: 4,
    level: 0.7,
  },
  bass: {
    bright: falling(10, 1.2),
    mellow: [1, 0.35, 0.12],
    attack: 0.005,
    fade: 1.2,
    settle: 0.1,
    release: 0.06,
    spread: 0,
    level: 1.05,
  },
};

/** `count` harmonics, the k-th about 1/k^steepness: whole powers blended, since pow is not exact. */
function falling(count: number, steepness: number): number[] {
  const whole = Math.floor(steepness);
  const rest = steepness - whole;
  return Array.from({ length: count }, (_, i) => {
    let level = 1;
    for (let power = 0; power < whole; power++) level /= i + 1;
    return level * (1 - rest + rest / (i + 1));
  });
}

/** Like `falling`, with the even harmonics at half: the hollow edge of clipping. */
function oddly(count: number, steepness: number): number[] {
  return falling(count, steepness).map((level, i) => (i % 2 === 1 ? level / 2 : level));
}
