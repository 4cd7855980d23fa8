/** Whether an output measures up to the manifest's `checks`. */
import type { Checks } from '../manifest/manifest.ts';
import type { Damage, Measured, Measures, StatedMeasures } from './measures.ts';
import { describeDamage } from './measures.ts';

/** A check that an output does not pass: what was measured, and the limit. */
export type CheckFinding =
  | { readonly check: 'minSeconds'; readonly value: number; readonly limit: number }
  /** Shares of the whole, from 0 to 1. */
  | { readonly check: 'maxSilence'; readonly value: number; readonly limit: number }
  /** LUFS; `value` is absent where there is nothing but silence. */
  | {
      readonly check: 'loudness';
      readonly value?: number;
      readonly limit: { readonly from: number; readonly to: number };
    }
  | { readonly check: 'intact'; readonly damage: Damage }
  | { readonly check: 'measurable'; readonly why: string };

/**
 * Every check that fails, in the order of the manifest's documentation. A file that this machine cannot
 * measure fails none for that: it is held against what its header says.
 */
export function failedChecks(measured: Measured, checks: Checks): readonly CheckFinding[] {
  if (measured.kind === 'measured') {
    const { measures } = measured;
    const damage = measures.damage ?? [];
    return [
      ...tooShort(measures, checks),
      ...tooSilent(measures, checks),
      ...wrongLoudness(measures, checks),
      ...damage.filter(isLoss).map((one): CheckFinding => ({ check: 'intact', damage: one })),
    ];
  }
  switch (measured.cause) {
    case 'file':
      return [{ check: 'measurable', why: measured.why }];
    case 'machine':
      return measured.stated ? tooShort(measured.stated, checks) : [];
  }
}

/** Something of the song is missing or broken; not merely odd about its file. */
function isLoss({ kind }: Damage): boolean {
  switch (kind) {
    case 'ends-early':
    case 'undecodable':
    case 'not-numbers':
      return true;
    case 'surplus':
    case 'format-change':
    case 'too-long':
      return false;
  }
}

function tooShort(
  { duration }: Measures | StatedMeasures,
  { minSeconds }: Checks,
): readonly CheckFinding[] {
  if (minSeconds === undefined || duration === undefined || duration >= minSeconds) return [];
  return [{ check: 'minSeconds', value: duration, limit: minSeconds }];
}

function tooSilent({ silence }: Measures, { maxSilence }: Checks): readonly CheckFinding[] {
  if (maxSilence === undefined || silence.share <= maxSilence) return [];
  return [{ check: 'maxSilence', value: silence.share, limit: maxSilence }];
}

function wrongLoudness(
  { loudness: value }: Measures,
  { loudness: limit }: Checks,
): readonly CheckFinding[] {
  if (!limit) return [];
  if (value === undefined) return [{ check: 'loudness', limit }];
  return value >= limit.from && value <= limit.to ? [] : [{ check: 'loudness', value, limit }];
}

/** One clause for people, without the file's name and without a full stop. */
export function describeFinding(finding: CheckFinding): string {
  switch (finding.check) {
    case 'minSeconds':
      return `lasts ${finding.value} s, at least ${finding.limit} s is wanted`;
    case 'maxSilence':
      return `is silent for ${percent(finding.value)} of its length, at most ${percent(finding.limit)} is wanted`;
    case 'loudness': {
      const { from, to } = finding.limit;
      const wanted = `${from} to ${to} LUFS is wanted`;
      return finding.value === undefined
        ? `is too quiet or too short to have a loudness, ${wanted}`
        : `has a loudness of ${finding.value} LUFS, ${wanted}`;
    }
    case 'intact':
      return `is damaged: ${describeDamage(finding.damage)}`;
    case 'measurable':
      return `cannot be measured: ${finding.why}`;
  }
}

/** `0.4` -> `40 %`; enough digits that a value beyond its limit does not look like it. */
function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}
