/** Days and times where a schedule lives. Zones are those of the IANA; the clock changes in them. */
import { likely } from '../manifest/nearest.ts';
import { UsageError } from './usage-error.ts';

/** The zone that this machine is set to. */
export function machineZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Throws `UsageError` for what is no name of a zone; an offset such as `+02:00` is none. */
export function refuseUnknownZone(zone: string): void {
  if (/^[A-Za-z]/.test(zone) && isZone(zone)) return;
  const guess = likely(zone, Intl.supportedValuesOf('timeZone'));
  throw new UsageError(
    `there is no time zone ${JSON.stringify(zone)}`,
    guess === undefined ? 'write it as Europe/Berlin or UTC' : `did you mean ${guess}?`,
  );
}

/** `2026-11-22`. @param time in milliseconds since 1970 */
export function dayIn(zone: string, time: number): string {
  const { year, month, day } = partsIn(zone, time);
  return `${year}-${month}-${day}`;
}

/** `2026-11-22 03:00` */
export function minuteIn(zone: string, time: number): string {
  const { hour, minute } = partsIn(zone, time);
  return `${dayIn(zone, time)} ${hour}:${minute}`;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const wanted = ['year', 'month', 'day', 'hour', 'minute'] as const;

function partsIn(zone: string, time: number): Record<(typeof wanted)[number], string> {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = format.formatToParts(time);
  const valueOf = (wantedType: string) => parts.find(({ type }) => type === wantedType)?.value;
  return Object.fromEntries(wanted.map((type) => [type, valueOf(type) ?? ''])) as Record<
    (typeof wanted)[number],
    string
  >;
}
