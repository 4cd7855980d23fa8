/**
 * Samples -> a WAV file: 16 bits, stereo, and a LIST/INFO chunk that says what it is. The chunk comes
 * after the samples, so that the header has the 44 bytes which simple readers take for granted.
 */
import type { Stereo } from './stereo.ts';

const headerBytes = 44;
const frameBytes = 4;

/** INFO ids of four letters and their texts. */
export type WavInfo = readonly (readonly [id: string, text: string])[];

export function encodeWav(sound: Stereo, info: WavInfo): Uint8Array<ArrayBuffer> {
  const samples = sound.left.length * frameBytes;
  const list = encodeInfo(info);
  const file = new Uint8Array(headerBytes + samples + list.length);
  const view = new DataView(file.buffer);
  writeHeader(file, view, sound.sampleRate, samples);
  for (let i = 0; i < sound.left.length; i++) {
    view.setInt16(headerBytes + i * frameBytes, toInt16(sound.left[i] ?? 0), true);
    view.setInt16(headerBytes + i * frameBytes + 2, toInt16(sound.right[i] ?? 0), true);
  }
  file.set(list, headerBytes + samples);
  return file;
}

/** Seconds of sound in a file that `encodeWav` made. */
export function wavSeconds(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return view.getUint32(40, true) / frameBytes / view.getUint32(24, true);
}

function writeHeader(file: Uint8Array, view: DataView, sampleRate: number, samples: number): void {
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
  view.setUint32(40, samples, true);
}

function toInt16(x: number): number {
  const scaled = Math.floor(x * 32767 + 0.5);
  return scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
}

/** `LIST`, size, `INFO`, then id, size, text with a final zero; every part at an even offset. */
function encodeInfo(info: WavInfo): Uint8Array {
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
