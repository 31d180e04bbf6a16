import { Fault, type FaultKind } from '../faults.ts'

interface Row {
  readonly kind: FaultKind
  readonly code: string
  /** The config key to correct, when it can only be that one. */
  readonly field?: string
  readonly say: (path: string) => string
}

const table: Readonly<Record<string, Row>> = {
  ENOSPC: {
    kind: 'transient',
    code: 'disk_full',
    say: (path) =>
      `The disk of ${path} is full. Nothing was published; free some space, then the delivery continues by itself.`,
  },
  EDQUOT: {
    kind: 'transient',
    code: 'disk_full',
    say: (path) =>
      `The disk quota for ${path} is used up. Nothing was published; raise the quota or free some space, then the delivery continues by itself.`,
  },
  EACCES: {
    kind: 'auth',
    code: 'permission_denied',
    say: (path) => `The server's user may not use ${path}. Give that user the right to it, or choose another path.`,
  },
  EPERM: {
    kind: 'auth',
    code: 'permission_denied',
    say: (path) => `The operating system does not permit this on ${path}. Check owner, mode and mount options.`,
  },
  EROFS: {
    kind: 'config',
    code: 'read_only',
    say: (path) => `${path} is on a file system that is mounted read-only. Choose another path.`,
  },
  ENOENT: {
    kind: 'not_found',
    code: 'path_missing',
    field: 'path',
    say: (path) => `There is no ${path}. Create it, or correct "path".`,
  },
  ENOTDIR: {
    kind: 'config',
    code: 'not_a_folder',
    field: 'path',
    say: (path) => `A part of ${path} is a file, not a folder. Correct "path".`,
  },
  EISDIR: {
    kind: 'config',
    code: 'is_a_folder',
    say: (path) => `${path} is a folder, but a file is to be written there. Rename one of them.`,
  },
  ENAMETOOLONG: {
    kind: 'data',
    code: 'name_too_long',
    say: (path) =>
      `The file system does not take a name as long as ${path}. Shorten output.dir.name.pattern or file.name.prefix.`,
  },
  ELOOP: {
    kind: 'config',
    code: 'link_loop',
    say: (path) => `The links of ${path} lead to themselves. Remove the loop.`,
  },
  EXDEV: {
    kind: 'config',
    code: 'other_disk',
    say: (path) =>
      `${path} is on another disk than its parent folder, so that a file cannot appear there at once. Give the sink a path on that disk.`,
  },
  EMFILE: {
    kind: 'transient',
    code: 'too_many_files',
    say: () =>
      'This process has too many files open. It is tried again; raise the limit (ulimit -n) if it happens often.',
  },
  ENFILE: {
    kind: 'transient',
    code: 'too_many_files',
    say: () => 'The machine has too many files open. It is tried again.',
  },
  EBUSY: { kind: 'transient', code: 'busy', say: (path) => `${path} is in use. It is tried again.` },
  EIO: {
    kind: 'transient',
    code: 'io_error',
    say: (path) => `The disk reported an error at ${path}. It is tried again; check the disk if it stays.`,
  },
  ESTALE: {
    kind: 'transient',
    code: 'io_error',
    say: (path) => `The network file system lost ${path}. It is tried again.`,
  },
}

/** An error of the file system as a fault; anything that is not one is passed on as it is. */
export function folderFault(name: string, path: string, error: unknown): unknown {
  if (error instanceof Fault) return error
  const row = table[(error as NodeJS.ErrnoException | null)?.code ?? '']
  if (row === undefined) return error
  const field = row.field === undefined ? {} : { field: row.field }
  return new Fault({ kind: row.kind, code: `${name}.${row.code}`, ...field, message: row.say(path), cause: error })
}
