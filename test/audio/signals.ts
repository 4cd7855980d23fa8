/** Sound made in the test, and files of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Place } from '../../src/audio/sound.ts';
import { usualPlaces } from '../../src/audio/sound.ts';
import { createMeters } from '../../src/audio/meters.ts';
import type { Measured, Measures } from '../../src/job/measures.ts';

export const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name);

/** Amplitude of a level in dBFS. */
export const amplitude = (decibels: number) => 10 ** (decibels / 20);

export interface Tone {
  readonly seconds: number;
  /** dBFS of the peak. */
  readonly level: number;
  /** Hz; 1000 unless said. */
  readonly frequency?: number;
  /** Degrees. */
  readonly phase?: number;
}

/** One tone after the other. */
export function tones(sampleRate: number, list: readonly Tone[]): Float32Array {
  const parts = list.map(({ seconds, level, frequency = 1000, phase = 0 }) =>
    Float32Array.from(
      { length: Math.round(seconds * sampleRate) },
      (_, index) =>
        amplitude(level) * Math.sin(2 * Math.PI * ((frequency * index) / sampleRate + phase / 360)),
    ),
  );
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function silence(sampleRate: number, seconds: number): Float32Array {
  return new Float32Array(Math.round(sampleRate * seconds));
}

/** Measures samples as they are, without a file. @param cuts where one block ends and the next begins */
export function measureSamples(
  sampleRate: number,
  channels: readonly Float32Array[],
  { places, cuts = [] }: { places?: readonly Place[]; cuts?: readonly number[] } = {},
): Omit<Measures, 'format'> {
  const meters = createMeters(sampleRate, places ?? usualPlaces(channels.length), false);
  const length = channels[0]?.length ?? 0;
  const ends = [...cuts.filter((cut) => cut < length).sort((a, b) => a - b), length];
  let from = 0;
  for (const to of ends) {
    meters.add({ sampleRate, channels: channels.map((samples) => samples.slice(from, to)) });
    from = to;
  }
  return meters.measures();
}

export interface WavChoice {
  readonly sampleRate?: number;
  readonly channels?: readonly Float32Array[];
  readonly coding?: 'pcm8' | 'pcm16' | 'pcm24' | 'pcm32' | 'float32' | 'float64';
  readonly extensible?: boolean;
  /** What the header says, where it is not the truth. */
  readonly stated?: {
    readonly data?: number;
    readonly sampleRate?: number;
    readonly channels?: number;
  };
  /** Bytes behind the samples. */
  readonly tail?: Buffer;
}

const widths = { pcm8: 1, pcm16: 2, pcm24: 3, pcm32: 4, float32: 4, float64: 8 } as const;

export function wav(choice: WavChoice = {}): Buffer {
  const { sampleRate = 44_100, coding = 'pcm16', extensible = false, stated = {} } = choice;
  const channels = choice.channels ?? [tones(sampleRate, [{ seconds: 1, level: -12 }])];
  const width = widths[coding];
  const frames = channels[0]?.length ?? 0;
  const data = Buffer.alloc(frames * width * channels.length);
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (const samples of channels) {
      writeSample(data, at, samples[frame] ?? 0, coding);
      at += width;
    }
  }
  const format = Buffer.alloc(extensible ? 40 : 16);
  const code = coding.startsWith('float') ? 3 : 1;
  const frameLength = width * channels.length;
  format.writeUInt16LE(extensible ? 0xfffe : code, 0);
  format.writeUInt16LE(stated.channels ?? channels.length, 2);
  format.writeUInt32LE(stated.sampleRate ?? sampleRate, 4);
  format.writeUInt32LE(sampleRate * frameLength, 8);
  format.writeUInt16LE(frameLength, 12);
  format.writeUInt16LE(width * 8, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(width * 8, 18);
    format.writeUInt16LE(code, 24);
  }
  return Buffer.concat([
    chunk('RIFF', Buffer.from('WAVE'), data.length + format.length + 20),
    chunk('fmt ', format),
    chunk('data', data, stated.data ?? data.length),
    choice.tail ?? Buffer.alloc(0),
  ]);
}

function writeSample(data: Buffer, at: number, value: number, coding: keyof typeof widths): void {
  switch (coding) {
    case 'pcm8':
      data.writeUInt8(Math.round(value * 127) + 128, at);
      return;
    case 'pcm16':
      data.writeInt16LE(Math.round(value * 32_767), at);
      return;
    case 'pcm24':
      data.writeIntLE(Math.round(value * 8_388_607), at, 3);
      return;
    case 'pcm32':
      data.writeInt32LE(Math.round(value * 2_147_483_647), at);
      return;
    case 'float32':
      data.writeFloatLE(value, at);
      return;
    case 'float64':
      data.writeDoubleLE(value, at);
  }
}

function chunk(id: string, content: Buffer, length = content.length): Buffer {
  const head = Buffer.from(`${id}....`, 'latin1');
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, content]);
}

/** A folder of the test's own; the function puts a file there and says where. */
export function createFolder(): (name: string, content: string | Uint8Array) => string {
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-audio-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}

export function expectMeasured(measured: Measured): Measures {
  if (measured.kind !== 'measured') throw new Error(`not measured: ${measured.why}`);
  return measured.measures;
}
