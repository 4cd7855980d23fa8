/**
 * A song cannot be brought home right now, though nothing is wrong with the song: the disk will not
 * have it, or the server that holds it does not answer. Running again, with that mended, goes on.
 */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  /** `full` is of the disk as well: making room is enough. */
  readonly kind: 'disk' | 'full' | 'unreachable';

  constructor(kind: OutputError['kind'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** Does something to `path`; what the disk says against it becomes an OutputError with advice. */
export async function onDisk<Value>(
  path: string,
  work: () => Value | Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw isSystemError(error) ? diskError(path, error) : error;
  }
}

/** Makes something that others may make as well; false where it is there already. */
export async function unlessThere(make: () => unknown): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw error;
  }
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'syscall' in error
  );
}

function diskError(path: string, error: NodeJS.ErrnoException): OutputError {
  const kind = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'full' : 'disk';
  return new OutputError(kind, `cannot write ${path}: ${advice(error)}`, { cause: error });
}

function advice(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; make room and run the same command again';
    case 'EROFS':
      return 'the file system is read-only; choose another output folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied; make the folder writable or choose another output folder';
    case 'ENOENT':
      return 'it cannot be made there, or was removed meanwhile; choose another output folder';
    case 'ENAMETOOLONG':
      return 'the name is too long for the file system; shorten output.name in the manifest';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open; raise `ulimit -n`';
    case 'ELOOP':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENOTEMPTY':
    case 'EEXIST':
    // A pipe that nobody reads.
    case 'ENXIO':
      return `something else is in the way (${error.code}); move it or choose another output folder`;
    default:
      return error.message;
  }
}
