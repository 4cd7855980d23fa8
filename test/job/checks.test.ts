import { describe, expect, test } from 'vitest';
import type { CheckFinding } from '../../src/job/checks.ts';
import { describeFinding, failedChecks } from '../../src/job/checks.ts';
import type { Measured, Measures } from '../../src/job/measures.ts';
import type { Checks } from '../../src/manifest/manifest.ts';

const song: Measures = {
  format: 'wav',
  duration: 30,
  sampleRate: 44_100,
  channels: 2,
  loudness: -14,
  truePeak: -1,
  clipping: { runs: 0, samples: 0 },
  silence: { leading: 0, trailing: 1, total: 3, share: 0.1 },
};

const all: Checks = {
  minSeconds: 20,
  maxSilence: 0.4,
  loudness: { from: -30, to: -5 },
  warn: false,
};

const check = (changes: Partial<Measures>, checks: Checks = all) =>
  failedChecks({ kind: 'measured', measures: { ...song, ...changes } }, checks);

const words = (findings: readonly CheckFinding[]) => findings.map(describeFinding);

test('a song that measures up fails nothing, right up to the limits', () => {
  expect(check({})).toEqual([]);
  const silence = { ...song.silence, share: 0.4 };
  expect(check({ duration: 20, loudness: -30, silence })).toEqual([]);
  expect(check({ loudness: -5 })).toEqual([]);
});

describe('a failure names measure, value and limit', () => {
  test.each<[Partial<Measures>, string]>([
    [{ duration: 3.2 }, 'lasts 3.2 s, at least 20 s is wanted'],
    [
      { silence: { ...song.silence, share: 0.40004 } },
      'is silent for 40 % of its length, at most 40 % is wanted',
    ],
    [
      { silence: { ...song.silence, share: 0.413 } },
      'is silent for 41.3 % of its length, at most 40 % is wanted',
    ],
    [{ loudness: -30.01 }, 'has a loudness of -30.01 LUFS, -30 to -5 LUFS is wanted'],
    [{ loudness: -4.2 }, 'has a loudness of -4.2 LUFS, -30 to -5 LUFS is wanted'],
    [
      { damage: [{ kind: 'ends-early', promised: 30 }] },
      'is damaged: the file breaks off: its header promises 30 s',
    ],
    [
      { damage: [{ kind: 'undecodable', stretches: 2 }] },
      'is damaged: 2 stretches of it cannot be decoded',
    ],
    [{ damage: [{ kind: 'not-numbers', samples: 1 }] }, 'is damaged: one sample is not a number'],
  ])('%j', (changes, text) => {
    expect(words(check(changes))).toEqual([text]);
  });

  test('all of them, in a fixed order', () => {
    const { loudness: _, ...silent } = song;
    const measures = { ...silent, duration: 1, silence: { ...song.silence, share: 1 } };
    expect(words(failedChecks({ kind: 'measured', measures }, all))).toEqual([
      'lasts 1 s, at least 20 s is wanted',
      'is silent for 100 % of its length, at most 40 % is wanted',
      'is too quiet or too short to have a loudness, -30 to -5 LUFS is wanted',
    ]);
  });
});

test('what is not asked for is not checked', () => {
  expect(check({ duration: 0.1, loudness: -60 }, { warn: false })).toEqual([]);
});

test('oddities of the file fail nothing', () => {
  expect(check({ damage: [{ kind: 'surplus', bytes: 9 }, { kind: 'format-change' }] })).toEqual([]);
});

describe('a file that cannot be measured', () => {
  const why = 'it is empty';
  test('fails where the file is to blame', () => {
    const measured: Measured = { kind: 'unmeasurable', cause: 'file', why };
    expect(words(failedChecks(measured, all))).toEqual(['cannot be measured: it is empty']);
  });

  test('is held against what its header says where the machine is', () => {
    const measured: Measured = {
      kind: 'unmeasurable',
      cause: 'machine',
      why,
      stated: { format: 'm4a', duration: 5 },
    };
    expect(words(failedChecks(measured, all))).toEqual(['lasts 5 s, at least 20 s is wanted']);
    expect(failedChecks({ kind: 'unmeasurable', cause: 'machine', why }, all)).toEqual([]);
  });
});
