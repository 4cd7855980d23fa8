/**
 * The only mathematics the engine uses. Songs must be bit-identical on any machine, and what
 * Math.sin, pow, exp and log answer differs between versions of V8; + - * / and sqrt do not.
 */
const turn = 6.283185307179586;
const naturalLogOfTwo = 0.6931471805599453;

/** Sine of an angle in turns (1 is a full circle); within 1e-10 of the true value. */
export function sineOfTurns(turns: number): number {
  let angle = turns - Math.floor(turns + 0.5);
  if (angle > 0.25) angle = 0.5 - angle;
  else if (angle < -0.25) angle = -0.5 - angle;
  const x = angle * turn;
  const z = x * x;
  const tail = 1 / 362880 + z * (-1 / 39916800 + z / 6227020800);
  return x * (1 + z * (-1 / 6 + z * (1 / 120 + z * (-1 / 5040 + z * tail))));
}

/** 2 to the power of x, for |x| below 1000. */
export function powerOfTwo(x: number): number {
  const whole = Math.floor(x);
  const exponent = (x - whole) * naturalLogOfTwo;
  let term = 1;
  let value = 1;
  for (let k = 1; k <= 16; k++) {
    term *= exponent / k;
    value += term;
  }
  // Doubling and halving are exact, so the order of these steps cannot change a bit.
  for (let i = 0; i < whole; i++) value *= 2;
  for (let i = 0; i > whole; i--) value /= 2;
  return value;
}

/** Frequency in Hz of a MIDI note number; 69 is the A at 440 Hz. */
export function hertz(midi: number): number {
  return 440 * powerOfTwo((midi - 69) / 12);
}

/** The factor that, applied once a sample, halves a level every `seconds`. */
export function halving(seconds: number, sampleRate: number): number {
  return powerOfTwo(-1 / (seconds * sampleRate));
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
