import type { BufferPool } from '../contract.ts'

/**
 * What a connector for files has to offer; everything else (units, parts, staging, commit, tree) is built on it once, in
 * this folder. Paths are `/`-separated, from the root that the credential can see (`bucket/prefix/name`).
 *
 * Every method may throw a `Fault`. A method whose `signal` is aborted ends within a second.
 */
export interface FileStore {
  /** Connector type; first part of fault codes. */
  readonly name: string
  /** Name of the folder below a sink's path where staged files wait. Listings leave such folders out. */
  readonly stagingFolder: string
  /** A file that changed less than this many ms ago may still be being written; 0 where files appear whole. */
  readonly settleMs: number

  /**
   * All files at or below a path (a folder or one file), in pages; without folders and staged files. A folder that does
   * not exist (yet) has no files, unless the root itself is missing.
   */
  list(path: string, signal: AbortSignal): AsyncIterable<readonly StoredFile[]>
  /** Folders and files directly in a folder, at most `limit`. The empty path is the root. */
  children(folder: string, limit: number, signal: AbortSignal): Promise<readonly FolderEntry[]>
  /** Null when there is no such file. */
  stat(path: string, signal: AbortSignal): Promise<StoredFile | null>
  /** True when `open` cannot deliver anything but the listed version (If-Match), so that no check after it is needed. */
  isPinned(file: StoredFile): boolean
  /** Bytes of the listed version from an offset, in buffers of the pool where it is given. Throws `source.object_changed` when it is another version by now. */
  open(file: StoredFile, offset: number, signal: AbortSignal, buffers?: BufferPool): AsyncIterable<Uint8Array>

  /** Writes a file, durably, replacing one of the same name. A failed put leaves no file of that name. The answer has the bytes that were written. */
  put(path: string, content: FileContent, signal: AbortSignal): Promise<Stamp>
  /** Size and stamp of a file that `put` wrote or `publish` made of it; null when there is none. */
  stampOf(path: string, signal: AbortSignal): Promise<Stamp | null>
  /**
   * Makes the content of `from`, a file of `bytes` bytes, appear at `to` at once, durably, replacing what is there. `from` may remain. False, and
   * nothing changed, when there is no `from`.
   */
  publish(from: string, to: string, bytes: number, signal: AbortSignal): Promise<boolean>
  /** Removes files; what is not there counts as removed. */
  remove(paths: readonly string[], signal: AbortSignal): Promise<void>
  /** Where folders exist by themselves: removes a folder that has become empty. One that is not empty stays. */
  removeEmptyFolder?(folder: string, signal: AbortSignal): Promise<void>
  /** Where an interrupted `put` leaves parts that nobody sees but somebody pays for: removes those below a folder. */
  discardParts?(folder: string, signal: AbortSignal): Promise<void>
}

export interface StoredFile {
  readonly path: string
  readonly bytes: number
  /** Changes when the content changes. */
  readonly version: string
  /** Epoch ms. */
  readonly modifiedAt?: number
}

export interface FolderEntry {
  readonly name: string
  readonly kind: 'folder' | 'file'
  readonly bytes?: number
  /** Epoch ms. */
  readonly modifiedAt?: number
}

export interface FileContent {
  readonly bytes: number
  open(): AsyncIterable<Uint8Array>
}

/** Recognises the bytes of one `put`, also after they were published under another name. */
export interface Stamp {
  readonly bytes: number
  readonly mark: string
}
