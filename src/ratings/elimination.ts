/**
 * Symmetric positive definite systems with few entries off the diagonal, as comparisons make them: of
 * 1,000 songs each meets two or three others. Variables are eliminated in the order of fewest neighbours,
 * so a tree costs no more than its edges; only where everything is compared with everything does it cost
 * the cube of the number of variables.
 */

export interface SparseMatrix {
  /** Positive. Changed by the elimination. */
  readonly diagonal: Float64Array;
  /** Entries off the diagonal by column, for each row; both halves. Emptied by the elimination. */
  readonly neighbours: readonly Map<number, number>[];
}

export interface Eliminated {
  /** x of A x = b. */
  readonly solve: (b: Float64Array) => Float64Array;
  /** The diagonal of the inverse. */
  readonly inverseDiagonal: () => Float64Array;
}

interface Column {
  readonly pivot: number;
  /** What was left of the diagonal. */
  readonly value: number;
  /** Neighbours when it was eliminated, and their entries divided by `value`. */
  readonly rows: readonly (readonly [number, number])[];
}

export function eliminate({ diagonal, neighbours }: SparseMatrix): Eliminated {
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
    neighbours[pivot]?.clear();
    columns.push({ pivot, value, rows: entries.map(([row, entry]) => [row, entry / value]) });
  }
  return {
    solve: (b) => solve(columns, b),
    inverseDiagonal: () => inverseDiagonal(columns),
  };
}

/** Who has the fewest neighbours left. Entries of a bucket that moved on since are passed over. */
function createQueue(neighbours: readonly Map<number, number>[]) {
  const buckets: number[][] = [];
  const isDone = new Uint8Array(neighbours.length);
  const add = (one: number): number => {
    const degree = neighbours[one]?.size ?? 0;
    (buckets[degree] ??= []).push(one);
    return degree;
  };
  let lowest = 0;
  for (const one of neighbours.keys()) add(one);
  const next = (): number | undefined => {
    for (; lowest < buckets.length; lowest++) {
      for (let one = buckets[lowest]?.pop(); one !== undefined; one = buckets[lowest]?.pop()) {
        if (isDone[one] === 1 || neighbours[one]?.size !== lowest) continue;
        isDone[one] = 1;
        return one;
      }
    }
    return undefined;
  };
  const moved = (one: number): void => {
    lowest = Math.min(lowest, add(one));
  };
  return { next, moved };
}

function solve(columns: readonly Column[], b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (const { pivot, rows } of columns) {
    for (const [row, factor] of rows) x[row] = (x[row] ?? 0) - factor * (x[pivot] ?? 0);
  }
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
function inverseDiagonal(columns: readonly Column[]): Float64Array {
  const diagonal = new Float64Array(columns.length);
  const inverse = Array.from(columns, () => new Map<number, number>());
  for (const { pivot, value, rows } of columns.toReversed()) {
    let variance = 1 / value;
    for (const [row] of rows) {
      let entry = 0;
      for (const [other, factor] of rows) {
        entry -= factor * (other === row ? (diagonal[row] ?? 0) : (inverse[row]?.get(other) ?? 0));
      }
      inverse[row]?.set(pivot, entry);
      inverse[pivot]?.set(row, entry);
    }
    for (const [row, factor] of rows) variance -= factor * (inverse[pivot]?.get(row) ?? 0);
    diagonal[pivot] = variance;
  }
  return diagonal;
}
