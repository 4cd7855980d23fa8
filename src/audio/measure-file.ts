/**
 * Measures one file, from its first byte to its last, in as much memory as a block takes. Decoders are loaded
 * when there is a file for them: all of them take a tenth of a second, and a batch has songs of one kind.
 */
import { realpathSync, statSync } from 'node:fs';
import type { Damage, Measured, Measures } from '../job/measures.ts';
import type { AudioFile } from './audio-file.ts';
import { openAudioFile } from './audio-file.ts';
import { recognise } from './container.ts';
import { openThroughFfmpeg } from './ffmpeg.ts';
import type { Meters, Pictures } from './meters.ts';
import { createMeters } from './meters.ts';
import type { Block, Decoder } from './sound.ts';
import { expectSane, NotAudio, usualPlaces } from './sound.ts';
import { movieLength } from './movie-length.ts';
import { readStated } from './stated.ts';

export interface Order {
  readonly path: string;
  /** Where it is known. */
  readonly bytes?: number;
  /** Lower-case hex, for whoever keeps what comes of it by the content. */
  readonly sha256?: string;
  readonly wantsPictures: boolean;
  /** Path of the program, if there is one. */
  readonly ffmpeg?: string;
}

/** What came of it; pictures only of what was measured, with its fingerprint, which is kept beside them. */
export interface Heard {
  readonly measured: Measured;
  readonly pictures?: Pictures & Pick<Measures, 'fingerprint'>;
  /** Why something that was to be kept of it could not be written. */
  readonly fault?: string;
}

export interface Witness {
  /** Called after each block: it goes on. */
  readonly onProgress: () => void;
  /** Called with the process that was started, and with `undefined` when it has ended. */
  readonly onChild: (pid: number | undefined) => void;
}

/** No song is longer; a few bytes may claim, and even hold, years of silence. */
const mostSeconds = 12 * 3600;

export async function measureFile(order: Order, witness: Witness): Promise<Heard> {
  let file: AudioFile;
  try {
    // A pipe or a device would keep us waiting for ever.
    if (!statSync(order.path).isFile()) return unmeasurable('machine', 'it is not a regular file');
    file = openAudioFile(order.path);
  } catch (error) {
    return unmeasurable('machine', `it cannot be read: ${messageOf(error)}`);
  }
  try {
    const opened = recognise(file);
    if (opened.blocks) return await listen(opened, order, witness);
    const { format } = opened;
    if (order.ffmpeg === undefined) {
      const why = `${format === 'm4a' ? 'M4A' : 'AAC'} takes ffmpeg to be measured, and there is none`;
      const stated = await readStated(order.path, format);
      return { measured: { kind: 'unmeasurable', cause: 'machine', why, stated } };
    }
    const path = realpathSync(order.path);
    const decoder = openThroughFfmpeg(order.ffmpeg, path, format, witness.onChild);
    const heard = await listen(decoder, order, witness);
    return format === 'm4a' ? withoutPadding(heard, movieLength(file)) : heard;
  } catch (error) {
    // What a decoder throws is the file's fault: it was made to read anything.
    return unmeasurable(
      'file',
      error instanceof NotAudio ? error.message : `it cannot be decoded: ${messageOf(error)}`,
    );
  } finally {
    file.close();
  }
}

async function listen(decoder: Decoder, order: Order, witness: Witness): Promise<Heard> {
  const damage: Damage[] = [];
  let meters: Meters | undefined;
  try {
    for await (const block of decoder.blocks((one) => damage.push(one))) {
      witness.onProgress();
      if ((block.channels[0]?.length ?? 0) === 0) continue;
      meters ??= metersFor(decoder, block, order.wantsPictures);
      if (block.sampleRate !== meters.sampleRate || block.channels.length !== meters.channels) {
        damage.push({ kind: 'format-change' });
        break;
      }
      meters.add(block);
      if (meters.seconds() > mostSeconds) {
        damage.push({ kind: 'too-long', measured: Math.floor(meters.seconds()) });
        break;
      }
    }
  } catch (error) {
    if (!meters) throw error;
    // A decoder that gives up on the way has decoded what came before.
    damage.push({ kind: 'undecodable', stretches: 1 });
  }
  if (!meters) throw new NotAudio('there is no sound in it');
  damage.push(...meters.damage());
  const pictures = meters.pictures();
  const measures = meters.measures();
  const { fingerprint } = measures;
  return {
    measured: {
      kind: 'measured',
      measures: {
        format: decoder.format,
        ...measures,
        ...(damage.length > 0 && { damage }),
      },
    },
    ...(pictures && {
      pictures: { ...pictures, ...(fingerprint !== undefined && { fingerprint }) },
    }),
  };
}

/** Seconds: two frames of AAC at 44.1 kHz. */
const mostPadding = 0.047;

/** AAC comes in whole frames, and ffmpeg leaves what fills up the last: the header says where the song ends. */
function withoutPadding(heard: Heard, length: number | undefined): Heard {
  const { measured } = heard;
  if (measured.kind !== 'measured' || length === undefined) return heard;
  const { measures } = measured;
  const duration = Math.round(length * 1000) / 1000;
  const padding = measures.duration - duration;
  if (padding <= 0 || padding > mostPadding) return heard;
  return { ...heard, measured: { ...measured, measures: { ...measures, duration } } };
}

function metersFor(
  decoder: Decoder,
  { sampleRate, channels }: Block,
  wantsPictures: boolean,
): Meters {
  expectSane(sampleRate, channels.length);
  const places = (decoder.places ?? usualPlaces)(channels.length);
  return createMeters(sampleRate, places, wantsPictures);
}

function unmeasurable(cause: 'file' | 'machine', why: string): Heard {
  return { measured: { kind: 'unmeasurable', cause, why } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
