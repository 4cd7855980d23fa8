/**
 * Follows the server that serves this page: the batch changes under the page while a run goes on, and others
 * save ratings. What is shown, played and focused stays as it is; only the data behind it are replaced.
 */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { PageData } from '../listening/page-format.ts';
import type { LiveAccess } from './live-access.ts';
import { keepOnServer, type Saving, type ServerKeeping } from './saving.ts';

export type Connection =
  | 'connected'
  /** The server does not answer, and is asked again. */
  | 'away'
  /** It speaks of a page that this one is too old for. */
  | 'outdated';

export interface Live {
  readonly connection: ReadonlySignal<Connection>;
  readonly saving: ReadonlySignal<Saving>;
  readonly keeping: ServerKeeping;
}

/** Milliseconds until a server that answered something else is asked again; a browser does the rest. */
const patience = 3_000;

export function goLive(data: Signal<PageData>, access: LiveAccess): Live {
  const keeping = keepOnServer(data.peek().batch.name, access);
  const connection = signal<Connection>('connected');
  let source: EventSource | undefined;
  let told = '';
  let isFetching = false;

  /** Until the data are those that the server told of last. */
  const fetchBatch = async (): Promise<void> => {
    if (isFetching) return;
    isFetching = true;
    try {
      while (told !== String(data.peek().writtenAt) && connection.peek() === 'connected') {
        const wanted = told;
        const answer = await fetch(`page-${data.peek().page.number}.json`);
        const next: unknown = await answer.json();
        if (isOurs(next)) data.value = next;
        else connection.value = 'outdated';
        // Written anew since it was told of: that is told of as well.
        if (wanted === told) break;
      }
    } catch {
      // The event stream finds out as well, and tells of it again when the server is back.
    }
    isFetching = false;
  };

  const connect = (): void => {
    const stream = new EventSource('../live');
    source = stream;
    stream.addEventListener('open', () => {
      if (connection.value === 'away') connection.value = 'connected';
      keeping.look();
    });
    stream.addEventListener('batch', ({ data: version }: MessageEvent<string>) => {
      told = version;
      void fetchBatch();
    });
    stream.addEventListener('ratings', ({ data: etag }: MessageEvent<string>) => {
      keeping.look(etag);
    });
    stream.addEventListener('error', () => {
      if (connection.value === 'connected') connection.value = 'away';
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (source === stream) connect();
      }, patience);
    });
  };

  // A browser has few connections to one server for all its tabs: those that nobody sees give theirs up.
  document.addEventListener('visibilitychange', () => {
    source?.close();
    source = undefined;
    if (document.visibilityState === 'visible') connect();
  });
  if (document.visibilityState === 'visible') connect();
  return { connection, saving: keeping.saving, keeping };
}

/** As far as can be told: the server may be a later songbatch than the one that made this page. */
function isOurs(data: unknown): data is PageData {
  const format: PageData['format'] = 1;
  return typeof data === 'object' && data !== null && 'format' in data && data.format === format;
}
