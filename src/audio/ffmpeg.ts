/**
 * AAC, in MP4 or by itself, through `ffmpeg`: songbatch has no decoder for it. The program is told which
 * format it reads, so that it does not guess from hostile bytes; it may open no other file and no network;
 * and it has neither this process's environment nor a shell.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { AudioFormat } from '../job/measures.ts';
import type { Block, Decoder } from './sound.ts';
import { NotAudio } from './sound.ts';
import type { WavHeader } from './wav.ts';
import { readWavHeader, wavBlock } from './wav.ts';

const demuxers = { m4a: 'mov', aac: 'aac' } as const satisfies Partial<Record<AudioFormat, string>>;

/** Bytes; the header of the WAV that comes is shorter. */
const headLength = 4096;
const longestComplaint = 2000;

/**
 * @param program absolute path
 * @param onChild told of the process, so that it can be ended with the thread that started it
 */
export function openThroughFfmpeg(
  program: string,
  path: string,
  format: keyof typeof demuxers,
  onChild: (pid: number | undefined) => void,
): Decoder {
  const words = ['-v', 'error', '-nostdin', '-protocol_whitelist', 'file', '-f', demuxers[format]];
  words.push('-i', `file:${path}`, '-map', '0:a:0', '-c:a', 'pcm_f32le', '-f', 'wav', 'pipe:1');
  return {
    format,
    blocks: async function* (report) {
      const child = spawn(program, words, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
      onChild(child.pid);
      const ended = endOf(child);
      let hasSound = false;
      try {
        for await (const block of wavStream(child.stdout)) {
          hasSound = true;
          yield block;
        }
        const { code, complaint } = await ended;
        if (code === 0 && complaint === '') return;
        if (!hasSound) throw new NotAudio(`ffmpeg cannot decode it: ${complaint}`);
        report({ kind: 'ends-early' });
      } finally {
        child.kill('SIGKILL');
        await ended;
        onChild(undefined);
      }
    },
  };
}

interface End {
  readonly code: number | null;
  /** The last line that it wrote to stderr. */
  readonly complaint: string;
}

function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<End> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-longestComplaint);
  });
  return new Promise((resolve) => {
    child.on('error', ({ message }) => {
      resolve({ code: null, complaint: message });
    });
    child.on('close', (code) => {
      resolve({ code, complaint: said.trim().split('\n').at(-1) ?? '' });
    });
  });
}

/** Reads WAV that comes through a pipe. */
async function* wavStream(stream: Readable): AsyncGenerator<Block> {
  let header: WavHeader | undefined;
  let left: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    left = Buffer.concat([left, chunk as Buffer]);
    if (!header) {
      if (left.length < headLength) continue;
      header = startOf(left);
      left = left.subarray(header.start);
    }
    const whole = left.length - (left.length % header.frameLength);
    yield wavBlock(header, left.subarray(0, whole));
    left = left.subarray(whole);
  }
  if (header || left.length === 0) return;
  header = startOf(left);
  yield wavBlock(header, left.subarray(header.start));
}

function startOf(bytes: Buffer): WavHeader {
  return readWavHeader((position, length) => bytes.subarray(position, position + length));
}
