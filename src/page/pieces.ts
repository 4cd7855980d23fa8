/**
 * Loads what only single songs' views need, when they need it: outlines and parameters, 64 jobs at a time.
 * From a disk a page may load nothing but scripts, so pieces are scripts that call `songbatchPiece`.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import {
  decodeOutline,
  pieceReceiver,
  pieceSize,
  type PageData,
  type Piece,
} from '../listening/page-format.ts';

/** What a piece says of one job. */
export interface Details {
  /** Lows and highs by turns, from -1 to 1; undefined where the song was not measured. */
  readonly outline: Float32Array | undefined;
  /** What was sent, as text. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Pieces {
  /** Loads it where it is not there yet. Undefined until then, `missing` where it cannot be had. */
  readonly detailsOf: (index: number) => Details | 'missing' | undefined;
}

type Loaded = Piece | 'missing' | undefined;

/** As far as it is used here: TypeScript does not know it. */
interface TrustedTypes {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (text: string) => string },
  ) => { readonly createScriptURL: (text: string) => unknown };
}

const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };

/** The only text of which code can come is checked here once more. */
const scriptUrls = trustedTypes?.createPolicy('songbatch', {
  createScriptURL: (url) => {
    if (!/^data\/[0-9a-f]{32}(-partial)?\.js$/.test(url)) throw new Error(`no piece: ${url}`);
    return url;
  },
});

const loaded = new Map<string, ReadonlySignal<Loaded>>();
const arrived = new Map<string, (piece: Piece) => void>();

Object.assign(globalThis, {
  [pieceReceiver]: (name: string, piece: Piece) => arrived.get(name)?.(piece),
});

export function createPieces({ pieces }: Pick<PageData, 'pieces'>): Pieces {
  const details = new Map<number, Details>();
  return {
    detailsOf: (index) => {
      const name = pieces[Math.floor(index / pieceSize)];
      const piece = name === undefined ? 'missing' : load(name).value;
      if (piece === undefined || piece === 'missing') return piece;
      let found = details.get(index);
      if (!found) {
        found = readDetails(piece, index % pieceSize);
        details.set(index, found);
      }
      return found;
    },
  };
}

function load(name: string): ReadonlySignal<Loaded> {
  const known = loaded.get(name);
  if (known) return known;
  const piece = signal<Loaded>(undefined);
  loaded.set(name, piece);
  arrived.set(name, (arrivedPiece) => {
    piece.value = arrivedPiece;
  });
  const script = document.createElement('script');
  const url = `data/${name}`;
  // Browsers without Trusted Types take the text as it is.
  script.src = (scriptUrls?.createScriptURL(url) ?? url) as string;
  script.addEventListener('error', () => {
    piece.value = 'missing';
  });
  document.head.append(script);
  return piece;
}

function readDetails(piece: Piece, at: number): Details {
  const outline = piece.outlines[at];
  return {
    outline: typeof outline === 'string' ? decodeOutline(outline) : undefined,
    parameters: Object.fromEntries(
      Object.entries(piece.parameters[at] ?? {}).map(([name, text]) => [
        name,
        piece.texts[text] ?? '',
      ]),
    ),
  };
}
