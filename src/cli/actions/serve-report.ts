/** The work of `songbatch report --serve`: serves the listening page until it is interrupted. */
import type { BucketSongs } from '../../batch/bucket-songs.ts';
import { loadBatch, shownPath, type Batch } from '../../batch/batch.ts';
import { loadConfig, type Config } from '../../batch/config.ts';
import { stateFileOf } from '../../batch/keeper.ts';
import { serveReport, type ServedReport } from '../../batch/serve-report.ts';
import { baseUrlOf, saidBaseUrl } from '../../batch/service.ts';
import { stateInFile } from '../../batch/shown-state.ts';
import { engineAddressIfSaid } from '../engine-flags.ts';
import { listenForInterrupt } from '../interrupt.ts';
import type { Invocation } from '../invocation.ts';
import { warnOn } from '../warn-on.ts';
import type { ServeFlags } from './report.ts';

export async function serveListeningPage(
  path: string,
  flags: ServeFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, tell, workingDirectory, version } = invocation;
  const { json, port, listener } = flags;
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, warnOn(terminal));
  const engine = await stateAtEngine(batch, flags, config, invocation);
  const state = engine ?? stateInFile(batch.statePath);
  const keeper = engine
    ? ({ kind: 'engine', shownAs: engine.shownAs, hasBatch: true } as const)
    : stateFileOf(batch, workingDirectory);
  let bucket: BucketSongs | undefined;
  const { signal, stopListening } = listenForInterrupt('leave', () => undefined);
  let served: ServedReport | undefined;
  try {
    if (batch.bucket) {
      const { songsInBucket } = await import('../../batch/bucket-songs.ts');
      bucket = await songsInBucket(batch, state, { ...invocation, config, keeper });
    }
    served = await serveReport(batch, {
      version,
      port,
      listener,
      tell,
      state,
      ...(bucket && { songsAway: bucket }),
    });
    const { url, ratings, following } = served;
    if (json) {
      terminal.print(JSON.stringify({ url, ratings }));
    } else {
      terminal.print(url);
      tell(`  ratings are saved to ${shownPath(ratings, workingDirectory)}; Ctrl-C ends it`);
    }
    await Promise.race([following, aborted(signal)]);
  } finally {
    // Together: a database that is away keeps what follows it until it is given up.
    await Promise.all([served?.close(), engine?.close()]);
    bucket?.close();
    stopListening();
  }
}

/** Undefined where it is in a file of this machine. */
async function stateAtEngine(
  batch: Batch,
  flags: ServeFlags,
  config: Config,
  invocation: Invocation,
) {
  const address = engineAddressIfSaid(flags, invocation.environment);
  if (!address) return undefined;
  const { openShownState } = await import('../../batch/engine/engine-workplace.ts');
  const service = baseUrlOf(saidBaseUrl(config, invocation.environment).value);
  return openShownState(address, batch, service, invocation);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
