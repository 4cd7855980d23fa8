/** What benches share: programs run to their end with their CPU time and peak memory, and medians. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Measure {
  /** Of the whole process, its start included. */
  readonly seconds: number;
  /** User and system, of all its threads. */
  readonly cpuSeconds: number;
  /** Peak resident set, in MB of 1,000,000 bytes. */
  readonly memory: number;
  /** Resident set at its exit, in MB. */
  readonly memoryAtEnd: number;
  readonly stdout: string;
}

export interface Program {
  /** Script and arguments, for this Node. */
  readonly words: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Exit codes that are no failure; 0 unless given. */
  readonly mayExitWith?: readonly number[];
}

/** At its exit a process says on fd 3 what it took. */
const report =
  'import{writeSync}from"node:fs";process.on("exit",()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS:m}=process.resourceUsage();writeSync(3,JSON.stringify([u+s,m,process.memoryUsage.rss()]))})';

/** Runs a program to its end. Throws, with what it wrote on stderr, when it fails. */
export async function measure({
  words,
  environment,
  mayExitWith = [0],
}: Program): Promise<Measure> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, ...words],
    { env: environment ?? process.env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const [stdout, errors, usage] = [child.stdout, child.stderr, child.stdio[3]].map(collect);
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - started) / 1000;
  if (code === null || !mayExitWith.includes(code)) {
    throw new Error(`${words.join(' ')} ended with ${code}\n${errors?.().slice(-2000) ?? ''}`);
  }
  const [cpu = NaN, peak = NaN, atEnd = NaN] = JSON.parse(usage?.() ?? '[]') as number[];
  return {
    seconds,
    cpuSeconds: cpu / 1e6,
    memory: (peak * 1024) / 1e6,
    memoryAtEnd: atEnd / 1e6,
    stdout: stdout?.() ?? '',
  };
}

function collect(stream: unknown): () => string {
  let text = '';
  const readable = stream as NodeJS.ReadableStream | null | undefined;
  readable?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

export interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

/** A script beside this one that prints its URL and serves until it is killed. */
export async function startServer(script: string, words: readonly string[] = []): Promise<Server> {
  const child = spawn(process.execPath, [at(script), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

/** The path of a file, relative to this folder. */
export function at(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The built command line. */
export const songbatch = at('../dist/cli/songbatch.js');

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** For the first line of every table. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.version}, ${process.platform}`;
}
