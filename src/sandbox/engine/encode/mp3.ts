/**
 * Sound -> an MP3 of 192 kbit/s, headed by an ID3v2.4 tag. The encoder is LAME, compiled to
 * WebAssembly: it repeats itself to the bit as the rest of the engine does.
 */
import { sampleRate, type Stereo } from '../sound.ts';
import type { Label } from './label.ts';

const kilobits = 192;

/** Samples that are encoded at once. */
const chunk = 1152 * 100;

export async function encodeMp3(
  { left, right }: Stereo,
  label: Label,
): Promise<Uint8Array<ArrayBuffer>> {
  // Loaded when the first MP3 is asked for: most sandboxes serve WAV.
  const { createMp3Encoder } = await import('wasm-media-encoders');
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate, channels: 2, bitrate: kilobits });
  const parts = [encodeId3(label)];
  for (let at = 0; at < left.length; at += chunk) {
    const end = Math.min(left.length, at + chunk);
    // The encoder's answer is its own memory, and the next call's.
    parts.push(encoder.encode([left.subarray(at, end), right.subarray(at, end)]).slice());
  }
  parts.push(encoder.finalize().slice());
  return joined(parts);
}

/** `ID3`, version 4, no flags, size; then frames: id, size, flags, encoding (3 is UTF-8), text. */
function encodeId3(label: Label): Uint8Array {
  const frames = [
    frame('TIT2', label.title),
    // A comment has a language, and a description that may be empty.
    frame('COMM', `eng\0${label.comment}`),
    frame('TSSE', label.software),
  ];
  const size = frames.reduce((sum, { length }) => sum + length, 0);
  const header = new Uint8Array(10);
  header.set(new TextEncoder().encode('ID3'));
  header[3] = 4;
  header.set(synchsafe(size), 6);
  return joined([header, ...frames]);
}

function frame(id: string, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const encoded = new Uint8Array(11 + bytes.length);
  encoded.set(new TextEncoder().encode(id));
  encoded.set(synchsafe(bytes.length + 1), 4);
  encoded[10] = 3;
  encoded.set(bytes, 11);
  return encoded;
}

/** 28 bits in four bytes whose highest bit is 0, so that none looks like the start of audio. */
function synchsafe(size: number): readonly number[] {
  return [21, 14, 7, 0].map((shift) => (size >>> shift) & 0x7f);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
