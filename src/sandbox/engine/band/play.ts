/**
 * Plays one part of the band into a mix of its own.
 */
import { saturate } from '../arithmetic.ts';
import { type Chance, chance } from '../random.ts';
import type { Stereo } from '../sound.ts';
import type { BandNote, BandPart, Score } from '../score/score.ts';
import { blow } from './filtered.ts';
import { type Patch, patches } from './patches.ts';
import { pluck } from './plucked.ts';
import { strike } from './struck.ts';

export function playPart(into: Stereo, score: Score, part: BandPart): void {
  const { band, family, streams } = score.style;
  const name = band[part];
  const draw = chance(`${streams.playing}|${part}|${name}`);
  for (const note of score.notes) {
    if (note.part === part) play(into, note, patches[name], band.brightness, draw);
  }
  if (name === 'electric guitar' || name === 'slide guitar') amplify(into, family.drive);
}

/** One note. */
export function play(
  into: Stereo,
  note: BandNote,
  patch: Patch,
  brightness: number,
  draw: Chance,
): void {
  switch (patch.kind) {
    case 'struck':
      strike(into, note, patch, brightness);
      break;
    case 'plucked':
      pluck(into, note, patch, brightness, draw);
      break;
    case 'filtered':
      blow(into, note, patch, brightness, draw);
      break;
  }
}

/** A guitar amplifier: overdrive, and a cabinet that lets nothing high pass. */
function amplify({ left, right }: Stereo, drive: number): void {
  const gain = 1.5 + 9 * drive;
  const level = 1.1 / Math.sqrt(gain);
  for (const channel of [left, right]) {
    let before = 0;
    let bright = 0;
    let dull = 0;
    let duller = 0;
    for (let i = 0; i < channel.length; i++) {
      const x = channel[i] ?? 0;
      bright = 0.98 * (bright + x - before);
      before = x;
      dull += (saturate(bright * gain) * level - dull) * 0.42;
      duller += (dull - duller) * 0.42;
      channel[i] = duller;
    }
  }
}
