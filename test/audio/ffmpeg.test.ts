/** M4A, with a program in the place of ffmpeg, and without one. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createEars } from '../../src/audio/ears.ts';
import { createFolder, expectMeasured, fixture, tones, wav } from './signals.ts';

const { signal } = new AbortController();

/** @param script what the program does; `$0.*` are files beside it */
function setUp(script: string, patience?: number) {
  const put = createFolder();
  const program = put('ffmpeg', `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  const ears = createEars({ workers: 1, ffmpeg: program, ...(patience && { patience }) });
  onTestFinished(() => ears.close());
  return { put, program, ears };
}

test('what it decodes is measured', async () => {
  const { put, program, ears } = setUp(
    'printf "%s\\n" "$@" > "$0.words"; env > "$0.env"; cat "$0.wav"',
  );
  const channels = [tones(22_050, [{ seconds: 20, level: -23 }])];
  const sound = wav({
    sampleRate: 22_050,
    channels,
    coding: 'float32',
    stated: { data: 0xffffffff },
  });
  put('ffmpeg.wav', sound);
  const song = put('-i evil;$(touch x).m4a', readFileSync(fixture('tones.m4a')));
  const measures = expectMeasured(await ears.measure(song, signal));
  expect(measures).toMatchObject({ format: 'm4a', duration: 20, sampleRate: 22_050, channels: 1 });
  expect(measures.loudness).toBeCloseTo(-26, 1);

  // The name is one word, and cannot be taken for a flag or another protocol.
  const words = readFileSync(`${program}.words`, 'utf8').trimEnd().split('\n');
  expect(words.slice(words.indexOf('-i'), words.indexOf('-i') + 2)).toEqual(['-i', `file:${song}`]);
  expect(words[words.indexOf('-protocol_whitelist') + 1]).toBe('file');
  expect(words[words.indexOf('-f') + 1]).toBe('mov');
  // It is told nothing that this process knows. (A shell makes up some variables of its own.)
  const names = readFileSync(`${program}.env`, 'utf8').matchAll(/^(\w+)=/gm);
  expect(['PWD', 'SHLVL', '_', 'OLDPWD', 'PATH']).toEqual(
    expect.arrayContaining(Array.from(names, ([, name]) => name)),
  );
});

test('what it complains of is a finding', async () => {
  const { ears } = setUp('echo "moov atom not found" >&2; exit 1');
  expect(await ears.measure(fixture('tones.m4a'), signal)).toEqual({
    kind: 'unmeasurable',
    cause: 'file',
    why: 'ffmpeg cannot decode it: moov atom not found',
  });
});

test('sound that ends with a complaint has ended early', async () => {
  const { put, ears } = setUp('cat "$0.wav"; exit 1');
  put('ffmpeg.wav', wav({ stated: { data: 0 } }));
  const measures = expectMeasured(await ears.measure(fixture('tones.m4a'), signal));
  expect(measures).toMatchObject({ duration: 1, damage: [{ kind: 'ends-early' }] });
});

test('one that hangs is ended, and so is one that nobody waits for any more', async () => {
  const hangs = 'echo $$ > "$0.pid"; exec sleep 1000';
  for (const patience of [2_000, 60_000]) {
    const { program, ears } = setUp(hangs, patience);
    const until = new AbortController();
    const measured = ears.measure(fixture('tones.m4a'), until.signal);
    const pid = async () => {
      for (;;) {
        const text = existsSync(`${program}.pid`) ? readFileSync(`${program}.pid`, 'utf8') : '';
        if (text.endsWith('\n')) return Number(text);
        await pause(5);
      }
    };
    if (patience === 2_000) {
      expect(await measured).toMatchObject({ kind: 'unmeasurable', cause: 'machine' });
      // On a busy machine it may have been ended before it could say who it is.
      if (!existsSync(`${program}.pid`)) continue;
    } else {
      await pid();
      until.abort(new Error('enough'));
      await expect(measured).rejects.toThrow('enough');
    }
    while (isAlive(await pid())) await pause(5);
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('without it an M4A is not measured, which is not held against the file', async () => {
  const ears = createEars({ workers: 1 });
  onTestFinished(() => ears.close());
  const duration = expect.closeTo(3, 1) as number;
  expect(await ears.measure(fixture('tones.m4a'), signal)).toEqual({
    kind: 'unmeasurable',
    cause: 'machine',
    why: 'M4A takes ffmpeg to be measured, and there is none',
    stated: { format: 'm4a', duration, sampleRate: 44_100, channels: 2 },
  });
  const put = createFolder();
  const half = put('half.m4a', readFileSync(fixture('tones.m4a')).subarray(0, 40));
  expect(await ears.measure(half, signal)).toMatchObject({ stated: { format: 'm4a' } });
});

test('what fills up its last frame is no part of the song', async () => {
  const lasting = async (seconds: number) => {
    const { put, ears } = setUp('cat "$0.wav"');
    const channels = [tones(44_100, [{ seconds, level: -20 }])];
    put('ffmpeg.wav', wav({ channels, coding: 'float32', stated: { data: 0xffffffff } }));
    return expectMeasured(await ears.measure(fixture('tones.m4a'), signal)).duration;
  };
  // Its header says three seconds.
  expect(await lasting(3 + 1024 / 44_100)).toBe(3);
  expect(await lasting(4)).toBe(4);
  expect(await lasting(2.5)).toBe(2.5);
});
