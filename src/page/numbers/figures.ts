/** Figures as this view writes them. */

/** `0.42 s`, `42.5 s`, `3:07`, `2 h 05 min`, `3 d 4 h` */
export function showLasting(seconds: number): string {
  if (seconds < 1) return `${Number(seconds.toFixed(2))} s`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** One decimal where it tells something. */
export function showNumber(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

/** `14:03`, with seconds where these matter. By the reader's clock. */
export function showClock(time: number, withSeconds: boolean): string {
  const date = new Date(time * 1000);
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** `22 Nov` */
export function showDay(time: number): string {
  return new Date(time * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

/** `22 Nov 14:03:07` */
export function showMoment(time: number): string {
  return `${showDay(time)} ${showClock(time, true)}`;
}
