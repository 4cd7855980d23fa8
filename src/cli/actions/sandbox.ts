/** The work of `songbatch sandbox`: serves until it is interrupted. */
import type { Faults } from '../../sandbox/faults.ts';
import type { SongFormat } from '../../sandbox/engine/encode/format.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { Invocation } from '../invocation.ts';

export interface SandboxFlags {
  readonly host: string;
  readonly port: number;
  readonly key?: string;
  readonly secret?: string;
  readonly workers: number;
  readonly speed: number;
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

export async function serve(flags: SandboxFlags, { terminal }: Invocation): Promise<void> {
  const {
    json,
    fault: rates,
    faultSeed: seed,
    faultLag: lagSeconds,
    webhookHost,
    ...options
  } = flags;
  const sandbox = await startSandbox({
    ...options,
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
    terminal.print(JSON.stringify({ url, key, secret: secret ?? null }));
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
