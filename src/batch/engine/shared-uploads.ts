/** Where the local songs of an account were uploaded to, by whichever machine has them. */
import type { UploadMemory } from '../../run/ports.ts';
import { text } from '../../state/stored-value.ts';
import type { Database } from '../../state/postgres/database.ts';
import { createFilePresence } from '../../wiro/file-presence.ts';

export interface SharedUploads extends UploadMemory {
  /** Reads what others have uploaded since. */
  readonly refresh: () => Promise<void>;
  /** Waits for what is being remembered. */
  readonly close: () => Promise<void>;
}

/** Two machines that upload one song at once cost an upload more: nobody waits for anybody. */
export async function openSharedUploads(
  database: Database,
  account: string,
): Promise<SharedUploads> {
  const urls = new Map<string, string>();
  const presence = createFilePresence();
  const kept = new Set<Promise<unknown>>();
  const refresh = async () => {
    const rows = await database.query(
      'SELECT sha256, url FROM songbatch.uploads WHERE account = $1',
      [account],
    );
    for (const row of rows) urls.set(text(row['sha256']), text(row['url']));
  };
  await refresh();
  return {
    refresh,
    reserve: () => Promise.resolve(() => undefined),
    recall: (sha256) => urls.get(sha256),
    remember: (sha256, url) => {
      urls.set(sha256, url);
      const keeping = database.query(
        `INSERT INTO songbatch.uploads (account, sha256, url) VALUES ($1, $2, $3)
         ON CONFLICT (account, sha256) DO UPDATE SET url = excluded.url`,
        [account, sha256, url],
      );
      kept.add(keeping);
      // Not kept: it is uploaded once more.
      keeping.catch(() => undefined).finally(() => kept.delete(keeping));
    },
    isGone: presence.isGone,
    close: async () => {
      await Promise.allSettled(kept);
      await presence.close();
    },
  };
}
