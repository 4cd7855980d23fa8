/**
 * Samples -> a FLAC file (RFC 9639): 16 bits, stereo, fixed predictors and Rice codes. A good deal
 * simpler than the format allows, and some per cent larger than its best.
 */
import { hash } from 'node:crypto';

import { sampleRate } from '../sound.ts';
import { BitWriter } from './bits.ts';
import type { Label } from './label.ts';

/** Samples of a channel in a frame; the last may have fewer. */
const blockSize = 4096;

/** @param samples 16 bits, left and right in turn */
export function encodeFlac(samples: Int16Array, label: Label): Uint8Array<ArrayBuffer> {
  const writer = new BitWriter();
  writer.putBytes(new TextEncoder().encode('fLaC'));
  writeStreamInfo(writer, samples);
  writeComments(writer, label);
  const frames = samples.length / 2;
  for (let number = 0; number * blockSize < frames; number++) {
    const first = number * blockSize;
    const last = Math.min(frames, first + blockSize);
    writeFrame(writer, number, samples.subarray(first * 2, last * 2));
  }
  return writer.written().slice();
}

/** Smallest and largest block, unknown frame sizes, rate, channels, bits, length, MD5 of the samples. */
function writeStreamInfo(writer: BitWriter, samples: Int16Array): void {
  const [type, bytes] = [0, 34];
  writer.put(type, 8);
  writer.put(bytes, 24);
  writer.put(blockSize, 16);
  writer.put(blockSize, 16);
  writer.put(0, 24);
  writer.put(0, 24);
  writer.put(sampleRate, 20);
  writer.put(2 - 1, 3);
  writer.put(16 - 1, 5);
  writer.put(0, 4);
  writer.put(samples.length / 2, 32);
  writer.putBytes(hash('md5', littleEndian(samples), 'buffer'));
}

function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, i) => {
    view.setInt16(i * 2, sample, true);
  });
  return bytes;
}

/** Vorbis comments: the one little-endian part of the format. */
function writeComments(writer: BitWriter, label: Label): void {
  const texts = [`TITLE=${label.title}`, `COMMENT=${label.comment}`].map((text) =>
    new TextEncoder().encode(text),
  );
  const vendor = new TextEncoder().encode(label.software);
  const size = texts.reduce((sum, { length }) => sum + 4 + length, 8 + vendor.length);
  const putLength = (length: number): void => {
    for (const shift of [0, 8, 16, 24]) writer.put((length >>> shift) & 0xff, 8);
  };
  const [last, type] = [0x80, 4];
  writer.put(last | type, 8);
  writer.put(size, 24);
  putLength(vendor.length);
  writer.putBytes(vendor);
  putLength(texts.length);
  for (const text of texts) {
    putLength(text.length);
    writer.putBytes(text);
  }
}

const leftAndRight = 1;
const midAndSide = 10;

function writeFrame(writer: BitWriter, number: number, samples: Int16Array): void {
  const start = writer.length;
  const count = samples.length / 2;
  const left = new Int32Array(count);
  const right = new Int32Array(count);
  const mid = new Int32Array(count);
  const side = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const [l, r] = [samples[i * 2] ?? 0, samples[i * 2 + 1] ?? 0];
    left[i] = l;
    right[i] = r;
    mid[i] = (l + r) >> 1;
    side[i] = l - r;
  }
  const apart = [predict(left, 16), predict(right, 16)] as const;
  const joint = [predict(mid, 16), predict(side, 17)] as const;
  const isJoint = joint[0].cost + joint[1].cost < apart[0].cost + apart[1].cost;

  const [sync, blockFollows, rate44100, bits16] = [0x3ffe, 7, 9, 4];
  writer.put(sync, 14);
  writer.put(0, 2);
  writer.put(blockFollows, 4);
  writer.put(rate44100, 4);
  writer.put(isJoint ? midAndSide : leftAndRight, 4);
  writer.put(bits16, 3);
  writer.put(0, 1);
  writer.putBytes(asUtf8(number));
  writer.put(count - 1, 16);
  writer.put(checksum8(writer.written(start)), 8);
  for (const subframe of isJoint ? joint : apart) writeSubframe(writer, subframe);
  writer.align();
  writer.put(checksum16(writer.written(start)), 16);
}

/** Frame numbers are written as UTF-8 writes characters; a song has fewer than 65536 frames. */
function asUtf8(number: number): readonly number[] {
  if (number < 0x80) return [number];
  const low = 0x80 | (number & 0x3f);
  if (number < 0x800) return [0xc0 | (number >>> 6), low];
  return [0xe0 | (number >>> 12), 0x80 | ((number >>> 6) & 0x3f), low];
}

interface Prediction {
  readonly samples: Int32Array;
  readonly bits: number;
  /** How many samples before one predict it. */
  readonly order: number;
  /** Samples less their predictions, from `order` on. */
  readonly residual: Int32Array;
  /** Sum of the sizes of the residual. */
  readonly cost: number;
}

/** The best of the fixed predictors: each is the difference of the one before. */
function predict(samples: Int32Array, bits: number): Prediction {
  let best: Prediction = { samples, bits, order: 0, residual: samples, cost: sumOf(samples, 0) };
  let residual = samples;
  for (let order = 1; order <= Math.min(4, samples.length - 1); order++) {
    residual = differences(residual, order);
    const cost = sumOf(residual, order);
    if (cost < best.cost) best = { samples, bits, order, residual, cost };
  }
  return best;
}

function differences(values: Int32Array, from: number): Int32Array {
  const result = values.slice();
  for (let i = from; i < values.length; i++) result[i] = (values[i] ?? 0) - (values[i - 1] ?? 0);
  return result;
}

function sumOf(residual: Int32Array, from: number): number {
  let sum = 0;
  for (let i = from; i < residual.length; i++) sum += Math.abs(residual[i] ?? 0);
  return sum;
}

function writeSubframe(writer: BitWriter, { samples, bits, order, residual }: Prediction): void {
  const fixed = 8;
  writer.put(0, 1);
  writer.put(fixed | order, 6);
  writer.put(0, 1);
  for (let i = 0; i < order; i++) writer.put(samples[i] ?? 0, bits);

  const partitions = partitionOrder(residual.length, order);
  const riceOfFourBits = 0;
  writer.put(riceOfFourBits, 2);
  writer.put(partitions, 4);
  const length = residual.length >> partitions;
  for (let part = 0; part < 1 << partitions; part++) {
    const from = part === 0 ? order : part * length;
    writeRice(writer, residual.subarray(from, (part + 1) * length));
  }
}

/** Parts, as a power of two, that share a Rice parameter each. */
function partitionOrder(length: number, order: number): number {
  let best = 0;
  for (let k = 1; k <= 5; k++) {
    if (length % (1 << k) === 0 && length >> k > order) best = k;
  }
  return best;
}

/**
 * Signs go into the lowest bit; the low `k` bits are written as they are, the rest before them in unary:
 * as many zeros, and a one.
 */
function writeRice(writer: BitWriter, residual: Int32Array): void {
  let sum = 0;
  for (const x of residual) sum += folded(x);
  const mean = sum / Math.max(1, residual.length);
  let k = 0;
  while (k < 14 && 1 << (k + 1) < mean * 1.386) k++;
  writer.put(k, 4);
  for (const x of residual) {
    const value = folded(x);
    const zeros = value >>> k;
    const tail = (1 << k) | (value & ((1 << k) - 1));
    if (zeros + 1 + k <= 31) writer.put(tail, zeros + 1 + k);
    else {
      writer.putZeros(zeros);
      writer.put(tail, 1 + k);
    }
  }
}

function folded(x: number): number {
  return x < 0 ? -2 * x - 1 : 2 * x;
}

/** CRCs with the polynomials 0x07 and 0x8005, a byte at a time. */
const table8 = Uint8Array.from({ length: 256 }, (_, byte) => shifted(byte, 0x80, 0x07));
const table16 = Uint16Array.from({ length: 256 }, (_, byte) => shifted(byte << 8, 0x8000, 0x8005));

function shifted(start: number, top: number, polynomial: number): number {
  let value = start;
  for (let bit = 0; bit < 8; bit++) {
    value = (value & top) === 0 ? value << 1 : (value << 1) ^ polynomial;
  }
  return value;
}

function checksum8(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => table8[crc ^ byte] ?? 0, 0);
}

function checksum16(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => ((crc << 8) & 0xffff) ^ (table16[(crc >> 8) ^ byte] ?? 0), 0);
}
