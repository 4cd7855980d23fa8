/**
 * What a song measures, whoever made it: plain JSON of finite numbers, the same for the same file on
 * any machine. What a file does not have (the loudness of digital silence) is left out.
 */
export interface Measures {
  /** What the bytes are, whatever the file is called: see `AudioFormat`. */
  readonly format: AudioFormat;
  /** Seconds that it plays, to the millisecond. */
  readonly duration: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Integrated loudness in LUFS (ITU-R BS.1770-4). Absent below 0.4 s, and where all is below -70 LUFS. */
  readonly loudness?: number;
  /** Loudness range in LU (EBU Tech 3342). Absent below 3 s, and where all is below -70 LUFS. */
  readonly loudnessRange?: number;
  /** dBTP (ITU-R BS.1770-4, Annex 2). Absent where every sample is zero. */
  readonly truePeak?: number;
  readonly clipping: Clipping;
  readonly silence: Silence;
  /** What the song is like, to hold it against others: see `fingerprint.ts`. Absent where there is too little to tell. */
  readonly fingerprint?: string;
  /** What is wrong with the file itself. Absent where nothing is. */
  readonly damage?: readonly Damage[];
}

export type AudioFormat = 'wav' | 'mp3' | 'flac' | 'vorbis' | 'opus' | 'm4a' | 'aac';

/** Stretches of three samples and more in succession at full scale or beyond, in one channel. */
export interface Clipping {
  readonly runs: number;
  /** Samples in these runs. */
  readonly samples: number;
}

/** Where no channel is above -60 dBFS (RMS of 10 ms). Seconds, to 10 ms. */
export interface Silence {
  readonly leading: number;
  readonly trailing: number;
  readonly total: number;
  /** Of the whole, from 0 to 1. */
  readonly share: number;
}

/** What is wrong with a file that could be measured nevertheless, as far as it goes. */
export type Damage =
  /** It ends before it should. `promised`: how long its header says that it plays, where it says so. */
  | { readonly kind: 'ends-early'; readonly promised?: number }
  /** Stretches that no decoder makes sense of; they are left out. */
  | { readonly kind: 'undecodable'; readonly stretches: number }
  /** Samples that are NaN or infinite; they are measured as silence. */
  | { readonly kind: 'not-numbers'; readonly samples: number }
  /** Bytes behind what its header says is all of it; a player does not play them. */
  | { readonly kind: 'surplus'; readonly bytes: number }
  /** The sample rate or the number of channels changes; it is measured up to there. */
  | { readonly kind: 'format-change' }
  /** It is longer than is measured: this many seconds were. */
  | { readonly kind: 'too-long'; readonly measured: number };

export type Measured = { readonly kind: 'measured'; readonly measures: Measures } | Unmeasurable;

export interface Unmeasurable {
  readonly kind: 'unmeasurable';
  /**
   * Whose fault it is. `file`: it is not audio, or broken beyond use, here and anywhere. `machine`: this
   * machine cannot tell (no ffmpeg, a file that cannot be read), and the file may be fine.
   */
  readonly cause: 'file' | 'machine';
  /** One clause for people, without the file's name and without a full stop. */
  readonly why: string;
  /** What its header says, where that much can be read. */
  readonly stated?: StatedMeasures;
}

/** Told by a header, not measured. */
export interface StatedMeasures {
  readonly format: AudioFormat;
  readonly duration?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
}

/** A kilobyte that only a comparison with other songs needs. */
export function withoutFingerprint(measured: Measured): Measured {
  if (measured.kind === 'unmeasurable') return measured;
  const { fingerprint: _, ...measures } = measured.measures;
  return { ...measured, measures };
}

/** As files and `--json` tell it: schemas/measures.schema.json, without the name of the file. */
export function plainMeasures(measured: Measured): object {
  if (measured.kind === 'measured') return { measured: true, ...measured.measures };
  const { cause, why, stated } = measured;
  return { measured: false, cause, why, ...(stated && { stated }) };
}

/** One clause for people. */
export function describeDamage(damage: Damage): string {
  switch (damage.kind) {
    case 'ends-early':
      return damage.promised === undefined
        ? 'the file breaks off'
        : `the file breaks off: its header promises ${damage.promised} s`;
    case 'undecodable':
      return damage.stretches === 1
        ? 'one stretch of it cannot be decoded'
        : `${damage.stretches} stretches of it cannot be decoded`;
    case 'not-numbers':
      return damage.samples === 1
        ? 'one sample is not a number'
        : `${damage.samples} samples are not numbers`;
    case 'surplus':
      return `${damage.bytes} bytes follow what its header says is all`;
    case 'format-change':
      return 'its sample rate or channels change on the way; it is measured up to there';
    case 'too-long':
      return `it is too long: the first ${damage.measured} s are measured`;
  }
}
