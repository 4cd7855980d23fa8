/**
 * The pieces beside a page: scripts, since a page that was opened from a disk may load nothing else. A
 * piece is named by what is in it, so that a run writes anew only what has changed, and a page that is
 * open never gets the piece of another.
 */
import { createHash } from 'node:crypto';
import type { PieceJob } from './page-data.ts';
import { encodeOutline, pieceReceiver, type Piece } from './page-format.ts';

/** Of a song, by its SHA-256; undefined where it is not there (any more). Any JSON. */
export type ReadOutline = (sha256: string) => Promise<unknown>;

export interface MadePiece {
  /** Of its file. */
  readonly name: string;
  /** The script. */
  readonly text: string;
}

/** The name of a piece that has all that it wants. */
export function wholeName(jobs: readonly PieceJob[]): string {
  return `${createHash('sha256').update(JSON.stringify(jobs)).digest('hex').slice(0, 32)}.js`;
}

export const isPieceName = (name: string) => /^[0-9a-f]{32}(-partial)?\.js$/.test(name);

export async function makePiece(
  jobs: readonly PieceJob[],
  readOutline: ReadOutline,
): Promise<MadePiece> {
  const outlines = await Promise.all(
    jobs.map(async ({ pictured }) => pictured && outlineOf(await readOutline(pictured))),
  );
  const texts = new Map<string, number>();
  const position = (text: string): number => {
    const known = texts.get(text) ?? texts.size;
    texts.set(text, known);
    return known;
  };
  const parameters = jobs.map((job) =>
    Object.fromEntries(
      Object.entries(job.parameters).map(([parameter, text]) => [parameter, position(text)]),
    ),
  );
  const piece: Piece = {
    outlines: outlines.map((outline) => outline ?? null),
    texts: [...texts.keys()],
    parameters,
  };
  const isWhole = jobs.every(({ pictured }, index) => pictured === undefined || outlines[index]);
  // One that lacks an outline has another name, so that it is made again once that is there.
  const name = isWhole ? wholeName(jobs) : wholeName(jobs).replace('.js', '-partial.js');
  return { name, text: `${pieceReceiver}(${JSON.stringify(name)}, ${JSON.stringify(piece)});\n` };
}

/** Undefined where it is none: files beside the songs are data. */
function outlineOf(read: unknown): string | undefined {
  if (typeof read !== 'object' || read === null) return undefined;
  if (!('lows' in read && 'highs' in read)) return undefined;
  const { lows, highs } = read;
  return isLevels(lows) && isLevels(highs) ? encodeOutline(lows, highs) : undefined;
}

function isLevels(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => Number.isFinite(one));
}
