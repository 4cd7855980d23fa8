/** Cholesky's factor of a dense symmetric positive definite matrix, row by row. */

export interface Factor {
  readonly solve: (b: Float64Array) => Float64Array;
  /** All of it, row by row. */
  readonly inverse: () => Float64Array;
}

/** @param matrix its lower half is read, and becomes the factor */
export function factorise(matrix: Float64Array, size: number): Factor {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const left = at(row, column) - product(row, column);
      matrix[row * size + column] = row === column ? Math.sqrt(left) : left / at(column, column);
    }
  }
  return { solve, inverse };

  function at(row: number, column: number): number {
    return matrix[row * size + column] ?? 0;
  }

  /** Of two rows of the factor, up to the earlier one's diagonal. */
  function product(row: number, other: number): number {
    let sum = 0;
    for (let index = 0; index < other; index++) sum += at(row, index) * at(other, index);
    return sum;
  }

  function solve(b: Float64Array): Float64Array {
    const x = Float64Array.from(b);
    for (let row = 0; row < size; row++) {
      let left = x[row] ?? 0;
      for (let column = 0; column < row; column++) left -= at(row, column) * (x[column] ?? 0);
      x[row] = left / at(row, row);
    }
    for (let row = size - 1; row >= 0; row--) {
      const value = (x[row] ?? 0) / at(row, row);
      x[row] = value;
      for (let column = 0; column < row; column++) {
        x[column] = (x[column] ?? 0) - at(row, column) * value;
      }
    }
    return x;
  }

  function inverse(): Float64Array {
    const inverted = new Float64Array(size * size);
    const unit = new Float64Array(size);
    for (let row = 0; row < size; row++) {
      unit[row] = 1;
      inverted.set(solve(unit), row * size);
      unit[row] = 0;
    }
    return inverted;
  }
}
