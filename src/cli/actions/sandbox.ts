/** The work of `songbatch sandbox`: serves until it is interrupted. */
import { resolve } from 'node:path';
import { largestModelFile, readModelFile } from '../../manifest/model-file.ts';
import type { ModelDescription } from '../../manifest/model.ts';
import type { Faults } from '../../sandbox/faults.ts';
import type { SongFormat } from '../../sandbox/engine/encode/format.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { diskSources } from '../../batch/disk-sources.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { Invocation } from '../invocation.ts';
import { UsageError } from '../../batch/usage-error.ts';

export interface SandboxFlags {
  readonly host: string;
  readonly port: number;
  readonly key?: string;
  readonly secret?: string;
  readonly workers: number;
  readonly speed: number;
  readonly model?: readonly string[];
  readonly folder?: string;
  readonly format?: SongFormat;
  readonly longest?: number;
  readonly balance?: number;
  readonly price?: number;
  readonly keep?: number;
  readonly fault?: Faults['rates'];
  readonly faultSeed?: number;
  readonly faultLag?: number;
  readonly webhookHost?: readonly string[];
  readonly json?: true;
}

export async function serve(flags: SandboxFlags, invocation: Invocation): Promise<void> {
  const { terminal, workingDirectory } = invocation;
  const {
    json,
    model: files = [],
    fault: rates,
    faultSeed: seed,
    faultLag: lagSeconds,
    webhookHost,
    ...options
  } = flags;
  const sandbox = await startSandbox({
    ...options,
    models: files.map((file) => describedIn(file, workingDirectory)),
    ...(webhookHost && { webhookHosts: webhookHost }),
    ...(rates && {
      faults: {
        rates,
        ...(seed !== undefined && { seed }),
        ...(lagSeconds !== undefined && { lagSeconds }),
      },
    }),
  });
  const interrupt = listenForInterrupt('leave', () => undefined);
  const { url } = sandbox;
  const { key = 'any', secret } = options;
  if (json) {
    terminal.printUnredacted(JSON.stringify({ url, key, secret: secret ?? null }));
  } else {
    terminal.print(`songbatch sandbox (not YuE): ${url}`);
    terminal.tell(
      `  export WIRO_BASE_URL=${url} WIRO_API_KEY=${flags.key === undefined ? 'any' : '…'}`,
    );
    terminal.tell('  Ctrl-C ends it');
  }
  if (!interrupt.signal.aborted) {
    await new Promise<void>((resolve) => {
      interrupt.signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }
  await sandbox.close();
  interrupt.stopListening();
}

function describedIn(file: string, workingDirectory: string): ModelDescription {
  const text = diskSources.readText(resolve(workingDirectory, file), largestModelFile);
  const read = typeof text === 'string' ? readModelFile(text) : text;
  if ('unreadable' in read) {
    throw new UsageError(
      `--model ${file} cannot be used: ${read.unreadable}`,
      '"songbatch schema --refresh --model owner/name --write" writes such a file',
    );
  }
  return read;
}
