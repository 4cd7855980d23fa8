/**
 * A store that many share has no place, or no money, for another task now: the intent was not recorded, and
 * nothing may be sent. Not a fault: whoever submits waits for room.
 */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}
