/** The queue cannot be used as it is: what is wrong, and what to do about it. Exit code 2. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
