/**
 * Runs the real CLI, as built, against an embedded server in the test's own process: the server
 * outlives the CLI, and its books can be read.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { RenderedSong } from '../../src/sandbox/engine/pool.ts';
import type { SongParameters } from '../../src/sandbox/engine/song-parameters.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Intervention } from './meddler.ts';
import { startMeddler } from './meddler.ts';

export const executable = fileURLToPath(new URL('../../dist/cli/songbatch.js', import.meta.url));

/** Starting is most of what these processes do. */
export const compileCache = { NODE_COMPILE_CACHE: join(tmpdir(), 'songbatch-compile-cache') };

/** So fast that no stage of a task takes any time. */
const atOnce = 1e9;

/**
 * 0.1 s of a square wave, told apart by its parameters: a song for tests that are not about sound. For
 * the server it is a song of 20 s: its task takes 36 s (less by the server's speed) and costs $0.01755.
 */
export function tinySong(song: SongParameters): Promise<RenderedSong> {
  const samples = 4410;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(44_100, 24);
  wav.writeUInt32LE(88_200, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  const level = hash('sha256', JSON.stringify(song), 'buffer').readUInt16LE() % 30_000;
  for (let index = 0; index < samples; index++) {
    wav.writeInt16LE((index % 100 < 50 ? 1 : -1) * level, 44 + index * 2);
  }
  return Promise.resolve({ file: wav, seconds: 20 });
}

/** Songs that are rendered when they are released: until then their tasks go on, however slow the machine is. */
export function heldSongs() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const render = async (song: SongParameters) => {
    await released;
    return tinySong(song);
  };
  return { render, release };
}

export interface World {
  /** A folder of the test's own. */
  readonly folder: string;
  readonly server: Sandbox;
  readonly write: (path: string, content: string | Uint8Array) => string;
  readonly read: (path: string) => string;
  readonly json: (path: string) => unknown;
  /** Runs the CLI in the folder until it ends. */
  readonly songbatch: (...words: string[]) => Promise<Ended>;
  /** Starts the CLI in the folder. */
  readonly start: (...words: string[]) => Running;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly stderr: () => string;
}

export interface WorldOptions extends SandboxOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Comes between the CLI and the server. */
  readonly meddle?: Intervention;
  /** Songs are downloaded through the meddler as well. */
  readonly meddleWithSongs?: boolean;
  /** Shell words that the CLI is started behind, asked for each start: `ulimit -f 100`. */
  readonly shell?: () => string;
  /** Tests that run at the same time bring their own. */
  readonly onFinished?: (cleanUp: () => Promise<void>) => void;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { environment = {}, meddle, meddleWithSongs, shell, onFinished, ...sandbox } = options;
  const folder = mkdtempSync(join(tmpdir(), 'songbatch-cli-'));
  const server = await startSandbox({ speed: atOnce, render: tinySong, ...sandbox });
  const meddler =
    meddle && (await startMeddler(server.url, meddle, { songs: meddleWithSongs ?? false }));
  (onFinished ?? onTestFinished)(async () => {
    await meddler?.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...words: string[]): Running => {
    const script = `${shell?.() ?? 'true'} && exec "$0" "$@"`;
    const command = [process.execPath, executable, ...words];
    const child = spawn('sh', ['-c', script, ...command], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ...compileCache,
        WIRO_BASE_URL: meddler?.url ?? server.url,
        WIRO_API_KEY: 'test-key',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code, stdout, stderr });
      });
    });
    return { child, ended, stderr: () => stderr };
  };

  return {
    folder,
    server,
    write: (path, content) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    json: (path) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as unknown,
    start,
    songbatch: (...words) => start(...words).ended,
  };
}

/** Of this machine, and free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** For what comes at once, on a machine that has much else to do. A test has twice as long. */
export const patienceMs = 60_000;

/** Resolves when it holds; looks often, and gives up in the end. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited for ${patienceMs / 1000} s in vain`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export interface ManifestChoice {
  readonly name?: string;
  readonly seeds?: number;
  readonly clones?: readonly string[];
  /** More YAML at the top level. */
  readonly more?: string;
}

/** A manifest of `seeds` times `clones` jobs. */
export function manifestText({
  name = 'test',
  seeds = 4,
  clones = ['vocal'],
  more = '',
}: ManifestChoice = {}): string {
  return `name: ${name}
defaults: { prompt: "[verse]\\nHello to the morning", genre: [Pop], instrument: [guitar], mood: [happy], gender: [female], timbre: [bright vocal] }
matrix:
  clone: [${clones.join(', ')}]
  seed: { from: 1, to: ${seeds} }
output: { dir: out, name: "{clone}/{seed}" }
${more}
`;
}
