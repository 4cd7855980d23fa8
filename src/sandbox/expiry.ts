/**
 * How long files are kept: songs and uploads alike, by the clock and the time at which they were
 * added. Wiro says "for a limited time" and not how long. What has expired is gone for good, though
 * Task/Detail goes on naming its URL.
 */
export type IsExpired = (file: { readonly addedAt: number }) => boolean;

/** @param keep milliseconds; undefined: as long as there is a server */
export function expiryAfter(keep: number | undefined, now: () => number): IsExpired {
  return keep === undefined ? () => false : ({ addedAt }) => now() - addedAt >= keep;
}
