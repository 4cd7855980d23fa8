/** What jobs will cost and how long they will take, as far as that can be told before they are bought. */
import type { Bills } from './experience.ts';
import type { Picodollars } from './money.ts';

/** What is known of prices. */
export interface PriceNews {
  /** What the API says that a song costs: where songs are billed by the second, an average. */
  readonly stated?: Picodollars;
  /** What songs of this batch were billed. */
  readonly bills?: Bills;
}

export interface PriceRange {
  readonly from: Picodollars;
  readonly to: Picodollars;
}

/** What one more song costs; undefined while nobody knows. */
export function priceOfSong({ stated, bills }: PriceNews): PriceRange | undefined {
  const known = [stated, bills?.cheapest, bills?.dearest].filter((price) => price !== undefined);
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  return {
    from: others.reduce((least, price) => (price < least ? price : least), first),
    to: others.reduce((most, price) => (price > most ? price : most), first),
  };
}

/**
 * What so many songs may cost at most, for somebody to approve. The dearest bill so far leaves room for
 * songs that differ; a price that is only stated, an average, gets a quarter more.
 */
export function mostFor(songs: number, news: PriceNews): Picodollars | undefined {
  const price = priceOfSong(news)?.to;
  if (price === undefined) return undefined;
  const total = price * BigInt(songs);
  return news.bills ? total : (total * 5n) / 4n;
}

/** How many songs such an amount suffices for. */
export function songsFor(amount: Picodollars, price: Picodollars): number {
  if (amount <= 0n) return 0;
  return price === 0n ? Infinity : Number(amount / price);
}

/**
 * Milliseconds that so many tasks take, so many of them at a time.
 * @param usual milliseconds of one
 */
export function timeFor(tasks: number, atOnce: number, usual: number): number {
  return tasks === 0 ? 0 : Math.max(usual, (tasks * usual) / atOnce);
}
