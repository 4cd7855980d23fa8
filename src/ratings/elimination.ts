/**
 * Symmetric positive definite systems with few entries off the diagonal, as comparisons make them: of
 * 1,000 songs each meets two or three others. Variables with few neighbours are eliminated first, so that
 * a tree costs no more than its edges. What is left when the neighbours become many is the core: a dense
 * matrix, which costs the cube of its size, but little for each entry.
 */
import { factorise, type Factor } from './dense-factor.ts';

export interface SparseMatrix {
  /** Positive. Changed by the elimination. */
  readonly diagonal: Float64Array;
  /** Entries off the diagonal by column, for each row; both halves. Changed by the elimination. */
  readonly neighbours: readonly Map<number, number>[];
}

export interface Eliminated {
  /** x of A x = b. */
  readonly solve: (b: Float64Array) => Float64Array;
  /** The diagonal of the inverse. */
  readonly inverseDiagonal: () => Float64Array;
}

/** A variable that was eliminated. */
interface Column {
  readonly pivot: number;
  /** What was left of the diagonal. */
  readonly value: number;
  /** Neighbours at that time, and their entries divided by `value`. */
  readonly rows: readonly (readonly [number, number])[];
}

interface Core {
  readonly variables: readonly number[];
  /** Place of a variable in the core; undefined for those that were eliminated before. */
  readonly placeOf: ReadonlyMap<number, number>;
  readonly factor: Factor;
}

/** From so many neighbours on a variable belongs to the core. */
const many = 8;

export function eliminate(matrix: SparseMatrix): Eliminated {
  const columns = eliminateSparse(matrix);
  const core = coreOf(matrix, columns);
  return {
    solve: (b) => solve(columns, core, b),
    inverseDiagonal: () => inverseDiagonal(matrix.diagonal.length, columns, core),
  };
}

function eliminateSparse({ diagonal, neighbours }: SparseMatrix): readonly Column[] {
  const columns: Column[] = [];
  const queue = createQueue(neighbours);
  for (let pivot = queue.next(); pivot !== undefined; pivot = queue.next()) {
    const value = diagonal[pivot] ?? 1;
    const entries = [...(neighbours[pivot] ?? [])];
    for (const [row, entry] of entries) {
      const others = neighbours[row];
      others?.delete(pivot);
      diagonal[row] = (diagonal[row] ?? 0) - (entry * entry) / value;
      for (const [column, other] of entries) {
        if (column === row) continue;
        others?.set(column, (others.get(column) ?? 0) - (entry * other) / value);
      }
      queue.moved(row);
    }
    columns.push({ pivot, value, rows: entries.map(([row, entry]) => [row, entry / value]) });
  }
  return columns;
}

/** Who has the fewest neighbours left, as long as they are few. Places that somebody has left are passed over. */
function createQueue(neighbours: readonly Map<number, number>[]) {
  const buckets = Array.from({ length: many }, (): number[] => []);
  const isDone = new Uint8Array(neighbours.length);
  const add = (one: number): void => {
    buckets[neighbours[one]?.size ?? 0]?.push(one);
  };
  const next = (): number | undefined => {
    for (const [degree, bucket] of buckets.entries()) {
      for (let one = bucket.pop(); one !== undefined; one = bucket.pop()) {
        if (isDone[one] === 1 || neighbours[one]?.size !== degree) continue;
        isDone[one] = 1;
        return one;
      }
    }
    return undefined;
  };
  for (const one of neighbours.keys()) add(one);
  return { next, moved: add };
}

function coreOf({ diagonal, neighbours }: SparseMatrix, columns: readonly Column[]): Core {
  const eliminated = new Set(columns.map(({ pivot }) => pivot));
  const variables = [...neighbours.keys()].filter((one) => !eliminated.has(one));
  const placeOf = new Map(variables.map((one, place) => [one, place]));
  const size = variables.length;
  const dense = new Float64Array(size * size);
  for (const [place, one] of variables.entries()) {
    dense[place * size + place] = diagonal[one] ?? 1;
    for (const [other, entry] of neighbours[one] ?? []) {
      dense[place * size + (placeOf.get(other) ?? 0)] = entry;
    }
  }
  return { variables, placeOf, factor: factorise(dense, size) };
}

function solve(columns: readonly Column[], core: Core, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (const { pivot, rows } of columns) {
    for (const [row, factor] of rows) x[row] = (x[row] ?? 0) - factor * (x[pivot] ?? 0);
  }
  const solved = core.factor.solve(Float64Array.from(core.variables, (one) => x[one] ?? 0));
  for (const [place, one] of core.variables.entries()) x[one] = solved[place] ?? 0;
  for (const { pivot, value, rows } of columns.toReversed()) {
    let sum = (x[pivot] ?? 0) / value;
    for (const [row, factor] of rows) sum -= factor * (x[row] ?? 0);
    x[pivot] = sum;
  }
  return x;
}

/**
 * Takahashi, Fagan and Chen (1973): of the inverse only the entries where the factor has one are needed to
 * reach its diagonal, from the variable that was eliminated last to the first.
 */
function inverseDiagonal(size: number, columns: readonly Column[], core: Core): Float64Array {
  const diagonal = new Float64Array(size);
  const ofCore = core.factor.inverse();
  const inCore = (one: number, other: number): number | undefined => {
    const row = core.placeOf.get(one);
    const column = core.placeOf.get(other);
    if (row === undefined || column === undefined) return undefined;
    return ofCore[row * core.variables.length + column];
  };
  for (const one of core.variables) diagonal[one] = inCore(one, one) ?? 0;

  const outside = Array.from(diagonal, () => new Map<number, number>());
  for (const { pivot, value, rows } of columns.toReversed()) {
    let variance = 1 / value;
    for (const [row, ownFactor] of rows) {
      let entry = 0;
      for (const [other, factor] of rows) {
        const known =
          row === other ? diagonal[row] : (inCore(row, other) ?? outside[row]?.get(other));
        entry -= factor * (known ?? 0);
      }
      outside[row]?.set(pivot, entry);
      outside[pivot]?.set(row, entry);
      variance -= ownFactor * entry;
    }
    diagonal[pivot] = variance;
  }
  return diagonal;
}
