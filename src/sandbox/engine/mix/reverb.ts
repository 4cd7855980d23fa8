/**
 * The room: a feedback delay network of eight lines (Jot 1991) mixed by a Householder matrix. Blocks are
 * shorter than the shortest line, so that a whole block can be read before any of it is written.
 */
import { exponential } from '../arithmetic.ts';
import { sampleRate, type Stereo } from '../sound.ts';

/** Samples; prime, so that no echoes fall together. */
const lengths = [1129, 1297, 1447, 1601, 1777, 1949, 2131, 2311] as const;
const block = 512;

/** Before the first reflection. */
const preDelay = Math.floor(0.018 * sampleRate);

interface DelayLine {
  readonly samples: Float32Array;
  /** What comes out of it in a block. */
  readonly out: Float64Array;
  readonly loop: number;
  at: number;
  dull: number;
}

/**
 * Adds the sound of a room to a mix.
 * @param send what is heard in the room
 * @param seconds in which it falls by 60 dB
 * @param damping 0 stone to 1 cloth
 */
export function addRoom(
  mix: Stereo,
  send: Float32Array,
  { seconds, damping, level }: { seconds: number; damping: number; level: number },
): void {
  const lines = lengths.map((length): DelayLine => ({
    samples: new Float32Array(length),
    out: new Float64Array(block),
    loop: exponential((-6.9 * length) / sampleRate / seconds),
    at: 0,
    dull: 0,
  }));
  const shared = new Float64Array(block);
  for (let at = 0; at < send.length; at += block) {
    const count = Math.min(block, send.length - at);
    shared.fill(0);
    for (const line of lines) read(line, count, damping, shared);
    for (const line of lines) write(line, count, shared, send, at - preDelay);
    lines.forEach(({ out }, i) => {
      // Even lines are heard on the left, odd ones on the right.
      const channel = i % 2 === 0 ? mix.left : mix.right;
      const sign = i === 4 || i === 5 ? -level : level;
      for (let k = 0; k < count; k++) {
        channel[at + k] = (channel[at + k] ?? 0) + (out[k] ?? 0) * sign;
      }
    });
  }
}

function read(line: DelayLine, count: number, damping: number, shared: Float64Array): void {
  const { samples, out, loop } = line;
  let { at, dull } = line;
  for (let k = 0; k < count; k++) {
    dull = dull * damping + (samples[at] ?? 0) * (1 - damping);
    const y = dull * loop;
    out[k] = y;
    shared[k] = (shared[k] ?? 0) + y * 0.25;
    at = at + 1 === samples.length ? 0 : at + 1;
  }
  line.dull = dull;
}

function write(
  line: DelayLine,
  count: number,
  shared: Float64Array,
  send: Float32Array,
  from: number,
): void {
  const { samples, out } = line;
  let { at } = line;
  for (let k = 0; k < count; k++) {
    const fresh = from + k >= 0 ? (send[from + k] ?? 0) : 0;
    samples[at] = (out[k] ?? 0) - (shared[k] ?? 0) + fresh;
    at = at + 1 === samples.length ? 0 : at + 1;
  }
  line.at = at;
}
