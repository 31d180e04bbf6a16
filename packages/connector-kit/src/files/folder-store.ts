import { constants, lstat, mkdir, open, opendir, rename, rmdir, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { BufferPool } from '../contract.ts'
import { AllowedFolders } from './allowed-folders.ts'
import type { FileContent, FileStore, FolderEntry, Stamp, StoredFile } from './file-store.ts'
import { objectChanged } from './file-source.ts'
import { describeStats, listFolder, type DiskStats } from './folder-listing.ts'
import { folderFault } from './folder-faults.ts'
import { joinPath } from './store-path.ts'
import { throwIfCancelled } from './within.ts'

export interface FolderStoreSettings {
  /** Connector type; first part of fault codes. */
  readonly name: string
  /** Folders that may be touched; paths are absolute, or relative to one of them. */
  readonly folders: readonly string[]
  /** List a folder that does not exist as empty instead of failing. */
  readonly missingIsEmpty?: boolean
}

const readBytes = 2 << 20

/**
 * Files in folders of this machine. A path keeps the form it was given in (absolute or relative). Links are followed only
 * inside the allowed folders. Versions are size, time of change (ns) and inode, so that a replaced file is another version.
 */
export class FolderStore implements FileStore {
  readonly name: string
  readonly stagingFolder = '.leat-staging'
  readonly settleMs = 1000
  readonly #allowed: AllowedFolders
  readonly #missingIsEmpty: boolean

  constructor(settings: FolderStoreSettings) {
    this.name = settings.name
    this.#allowed = new AllowedFolders(settings.name, settings.folders)
    this.#missingIsEmpty = settings.missingIsEmpty ?? false
  }

  /** Absolute form of a path as people write it, checked to be allowed. */
  async locate(given: string): Promise<string> {
    await this.#allowed.confine(given)
    return this.#allowed.locate(given)
  }

  async *list(given: string, signal: AbortSignal): AsyncIterable<readonly StoredFile[]> {
    const real = await this.#guard(given, () => this.#allowed.confine(given))
    const single = await this.stat(given, signal)
    if (single !== null) {
      yield [single]
      return
    }
    const follow = (entry: string): Promise<string> => this.#allowed.confine(entry)
    try {
      for await (const page of listFolder(real, this.stagingFolder, follow, signal))
        yield page.map((file) => ({ ...file, path: joinPath(given, file.path) }))
    } catch (error) {
      if (this.#missingIsEmpty && (error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw folderFault(this.name, given, error)
    }
  }

  async children(given: string, limit: number, signal: AbortSignal): Promise<readonly FolderEntry[]> {
    const real = await this.#guard(given, () => this.#allowed.confine(given))
    const entries: FolderEntry[] = []
    try {
      for await (const entry of await opendir(real)) {
        throwIfCancelled(signal)
        if (entries.length >= limit) break
        if (entry.isDirectory()) entries.push({ name: entry.name, kind: 'folder' })
        else if (entry.isFile()) entries.push(await fileEntry(path.join(real, entry.name), entry.name))
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw folderFault(this.name, given, error)
    }
    return entries.sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  async stat(given: string, signal: AbortSignal): Promise<StoredFile | null> {
    throwIfCancelled(signal)
    const found = await this.#stat(given)
    return found === null || !found.isFile() ? null : { path: given, ...describeStats(found) }
  }

  /** A file can be written to while it is open. */
  isPinned(): boolean {
    return false
  }

  async *open(file: StoredFile, offset: number, signal: AbortSignal, buffers?: BufferPool): AsyncIterable<Uint8Array> {
    const handle = await this.#guard(file.path, () => this.#openEntry(file.path)).catch((error: unknown) => {
      throw (error as { code?: string }).code === `${this.name}.path_missing` ? objectChanged(file.path, error) : error
    })
    // The next chunk is read while the consumer works on this one.
    let ahead: Promise<Uint8Array> | undefined
    try {
      if (describeStats(await handle.stat({ bigint: true })).version !== file.version) throw objectChanged(file.path)
      const next = (position: number): Promise<Uint8Array> => readChunk(handle, position, file.bytes, buffers)
      let position = offset
      ahead = next(position)
      for (;;) {
        const chunk = await ahead
        throwIfCancelled(signal)
        position += chunk.byteLength
        if (chunk.byteLength === 0) break
        ahead = next(position)
        yield chunk
      }
      if (position < file.bytes) throw objectChanged(file.path)
    } catch (error) {
      throw folderFault(this.name, file.path, error)
    } finally {
      await ahead?.catch(() => undefined)
      await handle.close()
    }
  }

  async put(given: string, content: FileContent, signal: AbortSignal): Promise<Stamp> {
    return this.#guard(given, async () => {
      const target = await this.#makeParent(given)
      const handle = await openNew(target)
      try {
        for await (const chunk of content.open()) {
          throwIfCancelled(signal)
          await writeWhole(handle, chunk)
        }
        await handle.sync()
        const stamp = stampOf(await handle.stat({ bigint: true }))
        await syncFolder(path.dirname(target))
        return stamp
      } catch (error) {
        await unlink(target).catch(() => undefined)
        throw error
      } finally {
        await handle.close()
      }
    })
  }

  async stampOf(given: string, signal: AbortSignal): Promise<Stamp | null> {
    throwIfCancelled(signal)
    const found = await this.#stat(given)
    return found === null ? null : stampOf(found)
  }

  async publish(from: string, to: string, _bytes: number, signal: AbortSignal): Promise<boolean> {
    throwIfCancelled(signal)
    if ((await this.#stat(from)) === null) return false
    await this.#guard(to, async () => {
      const target = await this.#makeParent(to)
      await rename(await this.#allowed.confine(from), target)
      await syncFolder(path.dirname(target))
    })
    return true
  }

  async remove(paths: readonly string[], signal: AbortSignal): Promise<void> {
    for (const given of paths) {
      throwIfCancelled(signal)
      await this.#guard(given, async () => unlink(await this.#allowed.confine(given)).catch(unlessMissing))
    }
  }

  /** Also the folders above it up to the staging folder, when nothing is left in them. */
  async removeEmptyFolder(folder: string): Promise<void> {
    let real = await this.#guard(folder, () => this.#allowed.confine(folder))
    while (real.split(path.sep).includes(this.stagingFolder)) {
      const removed = await rmdir(real).then(
        () => true,
        () => false,
      )
      if (!removed) return
      real = path.dirname(real)
    }
  }

  /** An allowed folder itself has no parent that is allowed. */
  #entry(given: string): Promise<string> {
    return this.#allowed.confineEntry(given).catch(() => this.#allowed.confine(given))
  }

  /** A link is opened by its checked target. */
  async #openEntry(given: string): Promise<Handle> {
    try {
      return await open(await this.#entry(given), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error
      return open(await this.#allowed.confine(given), 'r')
    }
  }

  async #stat(given: string): Promise<DiskStats | null> {
    return this.#guard(given, async () => {
      try {
        const found = await lstat(await this.#entry(given), { bigint: true })
        return found.isSymbolicLink() ? await stat(await this.#allowed.confine(given), { bigint: true }) : found
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return null
        throw error
      }
    })
  }

  /** Checked before, so that no folder is made outside, and after, because a link may have appeared meanwhile. */
  async #makeParent(given: string): Promise<string> {
    const target = await this.#allowed.confine(given)
    const made = await mkdir(path.dirname(target), { recursive: true })
    for (
      let folder = path.dirname(target);
      made !== undefined && folder.length >= made.length;
      folder = path.dirname(folder)
    )
      await syncFolder(path.dirname(folder))
    return this.#allowed.confine(given)
  }

  async #guard<T>(given: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw folderFault(this.name, given, error)
    }
  }
}

type Handle = Awaited<ReturnType<typeof open>>
/** A rename keeps size and time of change. */
function stampOf(stats: DiskStats): Stamp {
  return { bytes: Number(stats.size), mark: String(stats.mtimeNs) }
}

async function fileEntry(absolute: string, name: string): Promise<FolderEntry> {
  const { size, mtimeNs } = await stat(absolute, { bigint: true })
  return { name, kind: 'file', bytes: Number(size), modifiedAt: Number(mtimeNs / 1_000_000n) }
}

/** At most up to the listed end: what is appended meanwhile belongs to the next version. */
async function readChunk(handle: Handle, position: number, end: number, buffers?: BufferPool): Promise<Uint8Array> {
  const length = Math.min(readBytes, end - position)
  if (length <= 0) return new Uint8Array(0)
  const buffer =
    length > readBytes / 2 && buffers !== undefined ? buffers.take(readBytes) : Buffer.allocUnsafeSlow(length)
  const { bytesRead } = await handle.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function writeWhole(handle: Handle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength;)
    done += (await handle.write(chunk, done, chunk.byteLength - done)).bytesWritten
}

/** `wx`: a name of ours is never an existing file, nor a link that somebody put there. */
async function openNew(target: string): Promise<Handle> {
  try {
    return await open(target, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // Another writer tidied the empty staging folder away between the mkdir and here.
    await mkdir(path.dirname(target), { recursive: true })
    return open(target, 'wx')
  }
}

/** A new name survives a power cut only when its folder was synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
