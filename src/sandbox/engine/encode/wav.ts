/**
 * Samples -> a WAV file: 16 bits, stereo, and a LIST/INFO chunk that says what it is. The chunk comes
 * after the samples, so that the header has the 44 bytes which simple readers take for granted.
 */
import { sampleRate } from '../sound.ts';
import type { Label } from './label.ts';

const headerBytes = 44;
const frameBytes = 4;

/** @param samples 16 bits, left and right in turn */
export function encodeWav(samples: Int16Array, label: Label): Uint8Array<ArrayBuffer> {
  const bytes = samples.length * 2;
  const list = encodeInfo([
    ['INAM', label.title],
    ['ICMT', label.comment],
    ['ISFT', label.software],
  ]);
  const file = new Uint8Array(headerBytes + bytes + list.length);
  const view = new DataView(file.buffer);
  writeHeader(file, view, bytes);
  samples.forEach((sample, i) => {
    view.setInt16(headerBytes + i * 2, sample, true);
  });
  file.set(list, headerBytes + bytes);
  return file;
}

function writeHeader(file: Uint8Array, view: DataView, bytes: number): void {
  const ascii = (at: number, text: string): void => {
    file.set(new TextEncoder().encode(text), at);
  };
  ascii(0, 'RIFF');
  view.setUint32(4, file.length - 8, true);
  ascii(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true);
  ascii(36, 'data');
  view.setUint32(40, bytes, true);
}

/** `LIST`, size, `INFO`, then id, size, text with a final zero; every part at an even offset. */
function encodeInfo(info: readonly (readonly [id: string, text: string])[]): Uint8Array {
  const texts = info.map(([id, text]) => ({ id, bytes: new TextEncoder().encode(`${text}\0`) }));
  const even = (length: number): number => length + (length % 2);
  const size = texts.reduce((sum, { bytes }) => sum + 8 + even(bytes.length), 4);
  const chunk = new Uint8Array(8 + size);
  const view = new DataView(chunk.buffer);
  chunk.set(new TextEncoder().encode('LIST'));
  view.setUint32(4, size, true);
  chunk.set(new TextEncoder().encode('INFO'), 8);
  let at = 12;
  for (const { id, bytes } of texts) {
    chunk.set(new TextEncoder().encode(id), at);
    view.setUint32(at + 4, bytes.length, true);
    chunk.set(bytes, at + 8);
    at += 8 + even(bytes.length);
  }
  return chunk;
}
