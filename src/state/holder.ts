/** Who runs a batch: written into the state file when a run opens it, taken out when it closes it. */
import { json as parse, list, text, whole } from './stored-value.ts';

export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970 by the holder's clock. */
  readonly since: number;
}

export function encodeHolder(holder: Holder): string {
  return JSON.stringify([holder.host, holder.pid, holder.since]);
}

/** Undefined when it is not one: a holder is for a message only and must never stop anybody. */
export function decodeHolder(json: string): Holder | undefined {
  try {
    const [host, pid, since] = list(parse(json));
    const holder = { host: text(host), pid: whole(pid), since: whole(since) };
    return Math.abs(holder.since) <= latestDate ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** `run by pid 4711 on host ci-3 since 2026-11-22 12:03:11 UTC` */
export function describeHolder(holder: Holder): string {
  const since = new Date(holder.since).toISOString().slice(0, 19).replace('T', ' ');
  return `run by pid ${holder.pid} on host ${printable(holder.host)} since ${since} UTC`;
}

/** A name out of a state file is somebody else's word: it must not reach a terminal as an escape. */
export function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}

/** The last millisecond that a Date can hold. */
const latestDate = 8.64e15;
