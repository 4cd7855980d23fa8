/**
 * Score -> a finished recording: every part is played by itself, set to its level and added, so that no
 * more than one part is in memory beside the mix.
 */
import { playDrums } from '../band/drums.ts';
import { playPart } from '../band/play.ts';
import { chance } from '../random.ts';
import type { Hit, Score } from '../score/score.ts';
import { sampleRate, silence, type Stereo } from '../sound.ts';
import type { Style } from '../style/style.ts';
import { sing } from '../voice/sing.ts';
import { master } from './master.ts';
import { addRoom } from './reverb.ts';
import { addEcho, polish } from './vocal-chain.ts';

export function record(score: Score): Stereo {
  const { style, hits } = score;
  const { family, band } = style;
  const desk = createDesk(score);

  playDrums(desk.track, hits, style.streams.playing);
  desk.add({ level: family.drumLevel * band.drums, room: 0.06, ducked: false });
  playPart(desk.track, score, 'bass');
  desk.add({ level: 0.1, room: 0, ducked: true });
  playPart(desk.track, score, 'chords');
  desk.add({ level: 0.065, room: 0.25, ducked: true });
  playPart(desk.track, score, 'pad');
  desk.add({ level: 0.04, room: 0.35, ducked: true });
  playPart(desk.track, score, 'lead');
  desk.add({ level: 0.08, room: 0.4, ducked: false });
  singLead(desk, score);
  singHarmony(desk, score);

  const damping = 0.3 + 0.25 * (1 - band.brightness);
  addRoom(desk.mix, desk.send, { seconds: family.room, damping, level: 0.55 });
  if (family.vinyl) addVinyl(desk.mix, style);
  master(desk.mix);
  return desk.mix;
}

function singLead(desk: Desk, { sung, style }: Score): void {
  const voice = desk.track.left;
  sing(voice, sung, style.singer, style.streams.voice);
  polish(voice, style);
  desk.track.right.set(voice);
  const { mix, track } = desk;
  const level = 0.125;
  addEcho(mix, voice, style, gainTo(track, level));
  desk.add({ level, room: 0.22, ducked: false });
}

/** A second voice, somewhat smaller and airier, a moment late and later on the right. */
function singHarmony(desk: Desk, { sung, style }: Score): void {
  const harmony = sung.flatMap((note) => {
    const { harmony: midi, turn: _, ...rest } = note;
    return midi === undefined ? [] : [{ ...rest, midi }];
  });
  if (harmony.length === 0) return;
  const { singer } = style;
  const other = { ...singer, size: singer.size * 1.03, breath: singer.breath + 0.04 };
  const { left, right } = desk.track;
  sing(right, harmony, other, `${style.streams.voice}|harmony`);
  const [sooner, later] = [Math.floor(0.017 * sampleRate), Math.floor(0.026 * sampleRate)];
  left.set(right.subarray(0, left.length - sooner), sooner);
  right.copyWithin(later, 0, right.length - later);
  right.fill(0, 0, later);
  desk.add({ level: 0.04, room: 0.4, ducked: false });
}

interface Channel {
  /** As a root of mean square over what is not silent, so that quiet patches are as loud as others. */
  readonly level: number;
  /** Share that goes to the room. */
  readonly room: number;
  /** Makes way for the kick. */
  readonly ducked: boolean;
}

interface Desk {
  readonly mix: Stereo;
  /** What is heard in the room. */
  readonly send: Float32Array;
  /** Where the next part is played into. */
  readonly track: Stereo;
  /** Adds the track to the mix and clears it. */
  readonly add: (channel: Channel) => void;
}

function createDesk({ seconds, hits, style }: Score): Desk {
  const samples = Math.ceil(seconds * sampleRate);
  const [mix, track, send] = [silence(samples), silence(samples), new Float32Array(samples)];
  const kicks = hits.filter(({ drum }) => drum === 'kick').toSorted((a, b) => a.start - b.start);
  return {
    mix,
    send,
    track,
    add: ({ level, room, ducked }) => {
      const gain = gainTo(track, level);
      const duck = ducked ? ducking(kicks, style.family.ducking) : () => 1;
      for (let i = 0; i < samples; i++) {
        const factor = gain * duck(i);
        const left = (track.left[i] ?? 0) * factor;
        const right = (track.right[i] ?? 0) * factor;
        mix.left[i] = (mix.left[i] ?? 0) + left;
        mix.right[i] = (mix.right[i] ?? 0) + right;
        send[i] = (send[i] ?? 0) + (left + right) * 0.5 * room;
      }
      track.left.fill(0);
      track.right.fill(0);
    },
  };
}

/** The factor that brings a track to a level, measured where it is not silent. */
function gainTo({ left, right }: Stereo, level: number): number {
  let power = 0;
  let count = 0;
  for (let i = 0; i < left.length; i += 4) {
    const [l, r] = [left[i] ?? 0, right[i] ?? 0];
    const now = l * l + r * r;
    if (now < 1e-6) continue;
    power += now;
    count++;
  }
  return count === 0 ? 0 : level / Math.sqrt(power / count / 2);
}

/** Factors by which a part makes way for the kick, to be asked for sample by sample. */
function ducking(kicks: readonly Hit[], depth: number): (sample: number) => number {
  if (depth === 0) return () => 1;
  const length = Math.floor(0.22 * sampleRate);
  let next = 0;
  let struck = -length;
  return (sample) => {
    const kick = kicks[next];
    if (kick && kick.start * sampleRate <= sample) {
      struck = sample;
      next++;
    }
    const since = sample - struck;
    return since >= length ? 1 : 1 - depth * (1 - since / length) * Math.min(1, since / 200);
  };
}

/** An old record: no top, and crackle. */
function addVinyl({ left, right }: Stereo, { streams }: Style): void {
  const draw = chance(`${streams.playing}|vinyl`);
  let dullLeft = 0;
  let dullRight = 0;
  for (let i = 0; i < left.length; i++) {
    dullLeft += ((left[i] ?? 0) - dullLeft) * 0.38;
    dullRight += ((right[i] ?? 0) - dullRight) * 0.38;
    const tick = draw.next() > 0.99985 ? draw.signed() * 0.06 : 0;
    const dust = tick + draw.signed() * 0.0012;
    left[i] = dullLeft + dust;
    right[i] = dullRight + dust;
  }
}
