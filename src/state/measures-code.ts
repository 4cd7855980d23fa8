/**
 * What a song measures, as part of an event's row: a list by position, what is unmeasurable as it is.
 *
 *   [common, duration, loudness, loudnessRange, truePeak, silence, clipping, damage, fingerprint]
 *
 *   common               number of a text: [format, sampleRate, channels]
 *   clipping, silence    0 where there is none, else a list; the share of silence is left out of it
 *                        where it is its total by the duration, to four places
 *
 * Layout 1 said all of it as an object.
 */
import type { AudioFormat, Damage, Measured, Measures } from '../job/measures.ts';
import {
  fields,
  finite,
  isThere,
  list,
  Malformed,
  text,
  whole,
  withoutTail,
} from './stored-value.ts';
import type { Texts } from './texts.ts';

export function encodeMeasured(measured: Measured, texts: Texts): unknown {
  return measured.kind === 'measured' ? encodeMeasures(measured.measures, texts) : measured;
}

/** Throws `Malformed`. */
export function decodeMeasured(value: unknown, texts: Texts): Measured {
  return Array.isArray(value) ? decodeMeasures(list(value), texts) : decodeObject(value);
}

function encodeMeasures(measures: Measures, texts: Texts): readonly unknown[] {
  const { format, sampleRate, channels, duration, loudness, loudnessRange, truePeak, ...rest } =
    measures;
  const { silence, clipping, damage, fingerprint, ...others } = rest;
  // A measure that is added needs a place here.
  others satisfies Record<string, never>;
  const { leading, trailing, total, share } = silence;
  return withoutTail([
    texts.numberOf(JSON.stringify([format, sampleRate, channels])),
    duration,
    loudness ?? null,
    loudnessRange ?? null,
    truePeak ?? null,
    unlessNothing([
      leading,
      trailing,
      total,
      ...(share === shareOf(total, duration) ? [] : [share]),
    ]),
    unlessNothing([clipping.runs, clipping.samples]) || undefined,
    damage,
    fingerprint,
  ]);
}

function shareOf(total: number, duration: number): number {
  return duration > 0 ? Math.round((total / duration) * 10_000) / 10_000 : 0;
}

function unlessNothing(numbers: readonly number[]): readonly number[] | 0 {
  return numbers.every((one) => one === 0) ? 0 : numbers;
}

function decodeMeasures(value: readonly unknown[], texts: Texts): Measured {
  const [common, duration, loudness, range, peak, silence, clipping, damage, fingerprint] = value;
  const [format, sampleRate, channels] = list(texts.valueOf(whole(common)));
  const [leading = 0, trailing = 0, total = 0, otherShare] = numbersOf(silence);
  const [runs = 0, samples = 0] = numbersOf(clipping);
  const measures: Measures = {
    // It is only shown again, as is damage.
    format: text(format) as AudioFormat,
    duration: finite(duration),
    sampleRate: finite(sampleRate),
    channels: finite(channels),
    ...(isThere(loudness) && { loudness: finite(loudness) }),
    ...(isThere(range) && { loudnessRange: finite(range) }),
    ...(isThere(peak) && { truePeak: finite(peak) }),
    clipping: { runs, samples },
    silence: { leading, trailing, total, share: otherShare ?? shareOf(total, finite(duration)) },
    ...(isThere(damage) && { damage: list(damage) as readonly Damage[] }),
    ...(isThere(fingerprint) && { fingerprint: text(fingerprint) }),
  };
  return { kind: 'measured', measures };
}

/** None for 0: there is nothing to count. */
function numbersOf(value: unknown): readonly number[] {
  return isThere(value) && value !== 0 ? list(value).map(finite) : [];
}

/** What decisions need is looked at; the rest is only shown again. */
function decodeObject(value: unknown): Measured {
  const measured = fields(value);
  switch (measured['kind']) {
    case 'measured': {
      const { duration, sampleRate, channels, loudness, silence } = fields(measured['measures']);
      for (const one of [duration, sampleRate, channels, loudness ?? 0]) finite(one);
      finite(fields(silence)['share']);
      break;
    }
    case 'unmeasurable':
      text(measured['why']);
      break;
    default:
      throw new Malformed(`measures of an unknown kind ${String(measured['kind'])}`);
  }
  return value as Measured;
}
