/**
 * The reference song -> what it lends to a song. The engine knows the reference by its name alone
 * (the hash of an upload, or a URL): traits are drawn from that, so that equal references colour songs
 * alike and different ones differently.
 */
import { chance } from '../random.ts';
import type { SongParameters } from '../song-parameters.ts';
import type { Singer } from './singer.ts';

export interface BandTraits {
  /** 0 is C. */
  readonly tonic: number;
  /** Factor on the tempo. */
  readonly pace: number;
  /** Added to the energy: how dense the playing is. */
  readonly energy: number;
  /** Added to the brightness of the band. */
  readonly brightness: number;
}

/** Undefined unless the song is to take its accompaniment from a reference. */
export function bandTraitsOf({ reference, clone }: SongParameters): BandTraits | undefined {
  if (reference === '' || clone === 'vocal') return undefined;
  const draw = chance(`reference|band|${reference}`);
  return {
    tonic: Math.floor(draw.next() * 12),
    pace: 1 + draw.signed() * 0.1,
    energy: draw.signed() * 0.3,
    brightness: draw.signed() * 0.25,
  };
}

/** The singer, as near to that of the reference as a song asks for. */
export function singerAfter(singer: Singer, { reference, clone }: SongParameters): Singer {
  if (reference === '' || clone === 'instrumental') return singer;
  const draw = chance(`reference|voice|${reference}`);
  return {
    ...singer,
    centre: singer.centre + draw.pick([-3, -2, -1, 1, 2, 3]),
    size: singer.size * (1 + draw.signed() * 0.05),
    tilt: singer.tilt * (1 + draw.signed() * 0.35),
    breath: singer.breath * (1 + draw.next()),
    vibrato: singer.vibrato * (1 + draw.signed() * 0.5),
    vibratoRate: singer.vibratoRate * (1 + draw.signed() * 0.12),
  };
}
