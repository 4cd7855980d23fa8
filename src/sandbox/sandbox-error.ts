/**
 * Why the embedded server cannot start as it was asked to, in words for the user: what is wrong and
 * what to do.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
}

/** What the system says about a folder that was to hold the books, turned into one; bugs stay bugs. */
export function refusedBySystem(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new SandboxError(
    `the sandbox cannot keep its books in ${folder}: ${error.message}; move that away or choose another folder`,
    { cause: error },
  );
}
