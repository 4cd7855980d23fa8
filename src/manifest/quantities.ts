/**
 * Amounts with a unit. The patterns of `schemas/manifest.schema.json` say what may be written; these
 * read it, and give nothing for what the schema has refused.
 */

const milliseconds = { h: 3_600_000, m: 60_000, s: 1000 };

/** Timers in Node overflow after 24.8 days and then fire at once. */
export const longestDuration = 500 * milliseconds.h;

/** `90s`, `30m`, `1h30m` in milliseconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return (
    Number(hours) * milliseconds.h +
    Number(minutes) * milliseconds.m +
    Number(seconds) * milliseconds.s
  );
}

/** The same the other way, in full seconds: `1h30m`. */
export function formatDuration(time: number): string {
  const seconds = Math.round(time / milliseconds.s);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const text = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('');
  return text === '' ? '0s' : text;
}

const bytes = { kB: 1e3, MB: 1e6, GB: 1e9 };

/** `500MB` in bytes; units are decimal, as reports show them. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(kB|MB|GB)$/.exec(text);
  const unit = match?.[2] as keyof typeof bytes | undefined;
  return unit === undefined ? undefined : Math.ceil(Number(match?.[1]) * bytes[unit]);
}

/** `10/s` or `600/m`, a second. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\/([sm])$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) / (match[2] === 'm' ? 60 : 1);
}

/** `40%` as 0.4. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  return match ? Number(match[1]) / 100 : undefined;
}

/** `-30..-5`. */
export function parseSpan(text: string): { from: number; to: number } | undefined {
  const match = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(text);
  return match ? { from: Number(match[1]), to: Number(match[2]) } : undefined;
}

/**
 * USD as they stand in the file (`25.00`, not the float that YAML makes of it) in picodollars,
 * 1e-12 USD. What is finer than that is dropped: a budget is never more than what was written.
 */
export function parseBudget(source: string): bigint | undefined {
  const match = /^\+?(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(source);
  if (!match) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  if (whole + fraction === '') return undefined;
  const shift = 12 - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}
