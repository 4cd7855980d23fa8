/** How likely it is to be right so often by guessing: the exact p-value of an ABX test. */

/**
 * The chance of at least `correct` heads in `trials` throws of a coin. The coefficients are counted with
 * integers: up to any number of trials nothing is lost.
 *
 * @param correct 0 to `trials`
 */
export function chanceByGuessing(correct: number, trials: number): number {
  let ways = 1n;
  let favourable = 0n;
  for (let heads = trials; heads >= correct; heads--) {
    favourable += ways;
    ways = (ways * BigInt(heads)) / BigInt(trials - heads + 1);
  }
  // As many digits as a number has, however small it is.
  const beyond = Math.max(0, favourable.toString(2).length - 64);
  return Number(favourable >> BigInt(beyond)) * 2 ** (beyond - trials);
}
