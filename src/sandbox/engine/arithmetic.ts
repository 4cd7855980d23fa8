/**
 * The only mathematics the engine uses. Songs must be bit-identical on any machine, and what
 * Math.sin, pow, exp and log answer differs between versions of V8; + - * / and sqrt do not.
 */
const turn = 6.283185307179586;
const naturalLogOfTwo = 0.6931471805599453;
const rootOfTwo = 1.4142135623730951;

/** Sine of an angle in turns (1 is a full circle); within 1e-9 of the true value. */
export function sineOfTurns(turns: number): number {
  let angle = turns - Math.floor(turns + 0.5);
  if (angle > 0.25) angle = 0.5 - angle;
  else if (angle < -0.25) angle = -0.5 - angle;
  const x = angle * turn;
  const z = x * x;
  const tail = 1 / 362880 + z * (-1 / 39916800 + z * (1 / 6227020800));
  return x * (1 + z * (-1 / 6 + z * (1 / 120 + z * (-1 / 5040 + z * tail))));
}

export function cosineOfTurns(turns: number): number {
  return sineOfTurns(turns + 0.25);
}

/** Doubling and halving are exact: these are the powers of two themselves. */
const wholePowers = Float64Array.from({ length: 401 }, (_, i) => {
  let power = 1;
  for (let k = 200; k < i; k++) power *= 2;
  for (let k = i; k < 200; k++) power /= 2;
  return power;
});

/** 2 to the power of x, for |x| below 200: the whole part from the table, the rest by its series. */
export function powerOfTwo(x: number): number {
  const whole = Math.floor(x);
  const exponent = (x - whole - 0.5) * naturalLogOfTwo;
  let term = 1;
  let value = 1;
  for (let k = 1; k <= 12; k++) {
    term *= exponent / k;
    value += term;
  }
  const exact = wholePowers[whole + 200] ?? 0;
  // At a whole number the series is left out, or an octave would not be exactly one.
  return x === whole ? exact : value * rootOfTwo * exact;
}

/** e to the power of x. */
export function exponential(x: number): number {
  return powerOfTwo(x / naturalLogOfTwo);
}

/** Frequency in Hz of a MIDI note number, which may lie between two; 69 is the A at 440 Hz. */
export function hertz(midi: number): number {
  return 440 * powerOfTwo((midi - 69) / 12);
}

/** Squeezes any level into -1..1, nearly linear for small ones. */
export function saturate(x: number): number {
  if (x >= 3) return 1;
  if (x <= -3) return -1;
  const z = x * x;
  return (x * (27 + z)) / (27 + 9 * z);
}

export function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}
