/** Numbers as people read them. */

/** `1 song`, `2 songs` */
export function count(number: number, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`;
}

/** `3:07`; `1:02:05` from an hour on. */
export function showTime(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** How long a song is: as `showTime`, but a song that lasts `0.5 s` is not `0:00`. */
export function showLength(seconds: number): string {
  return seconds > 0 && seconds < 1 ? `${seconds.toFixed(1)} s` : showTime(seconds);
}

/** `38 minutes of sound` */
export function showMinutes(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} seconds of sound`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes of sound` : `${(minutes / 60).toFixed(1)} hours of sound`; // prettier-ignore
}

export function showUsd(dollars: number): string {
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2)}`;
}

/** `−14.1 LUFS`, with a real minus sign */
export function showLufs(loudness: number): string {
  return `${showLoudness(loudness)} LUFS`;
}

/** Without its unit: `−14.1` */
export function showLoudness(loudness: number): string {
  return loudness.toFixed(1).replace('-', '−');
}

/** `5.2 MB` */
export function showBytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Seconds since 1970, by the reader's own clock: `22 Nov 2026, 10:15` */
export function showMoment(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}

/** From 0 to 1: `38 %`, `3.8 %`, `less than 0.1 %`. */
export function showShare(share: number): string {
  if (share > 0 && share < 0.001) return 'less than 0.1 %';
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

/** `1, 2 and 3` */
export function listed(things: readonly string[]): string {
  return things.length < 2
    ? things.join('')
    : `${things.slice(0, -1).join(', ')} and ${things.at(-1) ?? ''}`;
}
