/**
 * The source of the voice: vocal folds that open and shut. The flow through them is the pulse of the
 * KLGLOTT88 model (Klatt and Klatt 1990), of which the derivative is made directly: 2u - 3u² while they
 * are open. The sudden closure is rounded within a sample, or its harmonics would alias.
 */
import { exponential } from '../arithmetic.ts';
import type { Chance } from '../random.ts';
import { sampleRate } from '../sound.ts';
import type { Singer } from '../style/singer.ts';

/** How much of a one-pole low-pass passes a sample, for a corner in Hz. */
function passing(hz: number): number {
  return 1 - exponential((-6.283185307179586 * hz) / sampleRate);
}

export class Glottis {
  readonly #singer: Singer;
  readonly #draw: Chance;
  readonly #tilt: number;
  #phase = 0;
  #smooth = 0;
  #smoother = 0;
  #shimmer = 0;

  constructor(singer: Singer, draw: Chance) {
    this.#singer = singer;
    this.#draw = draw;
    this.#tilt = passing(singer.tilt * 1.3);
  }

  /**
   * Fills the first `count` samples of `out`, and of `open` with how far the folds are open.
   * @param voicing level from and to, so that it changes without a step; `breath` likewise
   */
  fill(
    out: Float64Array,
    open: Float64Array,
    noise: Float64Array,
    count: number,
    hz: number,
    voicing: Ramp,
    breath: Ramp,
  ): void {
    const { openQuotient, jitter } = this.#singer;
    const roughness = 0.0035 * jitter;
    const breathiness = this.#singer.breath * 0.5;
    const tilt = this.#tilt;
    const still = hz / sampleRate;
    let step = still * (1 + this.#shimmer);
    let phase = this.#phase;
    let smooth = this.#smooth;
    let smoother = this.#smoother;
    for (let k = 0; k < count; k++) {
      phase += step;
      if (phase >= 1) {
        phase -= 1;
        this.#shimmer = this.#draw.signed() * roughness;
        step = still * (1 + this.#shimmer);
      }
      const isOpen = phase < openQuotient;
      const u = phase / openQuotient;
      let flow = isOpen ? 2 * u - 3 * u * u : 0;
      const past = phase - openQuotient;
      if (past >= 0 && past < step) {
        const x = past / step - 1;
        flow -= 0.5 * x * x;
      } else if (past < 0 && past > -step) {
        const x = past / step + 1;
        flow += 0.5 * x * x;
      }
      smooth += (flow * 1.4 - smooth) * tilt;
      smoother += (smooth - smoother) * 0.85;
      const opening = isOpen ? 1 : 0.25;
      const level = voicing.from + ((voicing.to - voicing.from) * k) / count;
      const air = breath.from + ((breath.to - breath.from) * k) / count;
      const hushed = air * 0.35 + level * breathiness * opening;
      out[k] = smoother * level + (noise[k] ?? 0) * hushed;
      open[k] = opening;
    }
    this.#phase = phase;
    this.#smooth = smooth;
    this.#smoother = smoother;
  }
}

/** A level that goes from one value to another over a block. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
}
