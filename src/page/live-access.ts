/** What a page is told by `songbatch report --serve`, which serves it; a page from a disk is told nothing. */

export interface LiveAccess {
  /** Proves to the server that a request comes from this page. */
  readonly token: string;
  /** Stands for the file that ratings are saved to. */
  readonly place: string;
  /** Whose ratings these are, where the server was told. */
  readonly listener: string | undefined;
}

export function readLiveAccess(): LiveAccess | undefined {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="songbatch-live"]');
  if (!meta) return undefined;
  const { place = '', listener } = meta.dataset;
  return { token: meta.content, place, listener };
}
