/** The work of `songbatch report --serve`: serves the listening page until it is interrupted. */
import { loadBatch, shownPath } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import { serveReport } from '../../batch/serve-report.ts';
import { UsageError } from '../../batch/usage-error.ts';
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
  if (engineAddressIfSaid(flags, invocation.environment)) {
    throw new UsageError(
      'report --serve follows a state of this machine, and this batch is kept at an engine',
      'write the page with "songbatch report", and open it or serve its folder',
    );
  }
  const config = await loadConfig(invocation);
  const batch = await loadBatch(path, flags, { ...invocation, config }, warnOn(terminal));
  const bucket =
    batch.bucket &&
    (await (
      await import('../../batch/bucket-songs.ts')
    ).songsInBucket(batch, { ...invocation, config }));
  const { url, ratings, following, close } = await serveReport(batch, {
    version,
    port,
    listener,
    tell,
    ...(bucket && { songsAway: bucket.open }),
  });
  const { signal, stopListening } = listenForInterrupt('leave', () => undefined);
  try {
    if (json) {
      terminal.print(JSON.stringify({ url, ratings }));
    } else {
      terminal.print(url);
      tell(`  ratings are saved to ${shownPath(ratings, workingDirectory)}; Ctrl-C ends it`);
    }
    await Promise.race([following, aborted(signal)]);
  } finally {
    await close();
    bucket?.close();
    stopListening();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
