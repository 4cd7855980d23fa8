/**
 * Why the embedded server cannot start as it was asked to, in words for the user: what is wrong and
 * what to do.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
}
