import type { Dirent } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { StoredFile } from './file-store.ts'
import { throwIfCancelled } from './within.ts'

const pageSize = 256

/** What `stat` with `bigint: true` gives. */
export interface DiskStats {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ino: bigint
  isFile(): boolean
}

/** A file that is replaced or appended to has another version; also one that is replaced within the clock's grain. */
export function describeStats(stats: DiskStats): Omit<StoredFile, 'path'> {
  return {
    bytes: Number(stats.size),
    version: `${stats.size}-${stats.mtimeNs}-${stats.ino}`,
    modifiedAt: Number(stats.mtimeNs / 1_000_000n),
  }
}

/**
 * Files below a real folder, recursively, in pages; paths are relative to it. Order is that of the file system, because
 * sorting a folder of millions would hold all its names. `follow` gives the real path of a link or throws when it leads
 * outside. Links that lead nowhere, sockets and pipes are left out; a folder that is reached twice is listed once.
 */
export async function* listFolder(
  root: string,
  leaveOut: string,
  follow: (entry: string) => Promise<string>,
  signal: AbortSignal,
): AsyncIterable<readonly StoredFile[]> {
  const entered = new Set<string>([root])
  const folders: { real: string; shown: string }[] = [{ real: root, shown: '' }]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let entries: Dirent[] = []
    for await (const entry of await opendir(folder.real, { bufferSize: pageSize })) {
      throwIfCancelled(signal)
      if (entry.name === leaveOut) continue
      entries.push(entry)
      if (entries.length < pageSize) continue
      yield await page(folder, entries)
      entries = []
    }
    yield await page(folder, entries)
  }

  async function page(
    folder: { real: string; shown: string },
    entries: readonly Dirent[],
  ): Promise<readonly StoredFile[]> {
    const found = await Promise.all(entries.map((entry) => visit(folder, entry)))
    return found.filter((file) => file !== null)
  }

  async function visit(folder: { real: string; shown: string }, entry: Dirent): Promise<StoredFile | null> {
    const shown = folder.shown === '' ? entry.name : `${folder.shown}/${entry.name}`
    const here = path.join(folder.real, entry.name)
    if (!entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink()) return null
    if (entry.isDirectory()) {
      enter(here, shown)
      return null
    }
    const stats = await stat(here, { bigint: true }).catch(() => null)
    if (stats === null) return null
    const real = entry.isSymbolicLink() ? await follow(here) : here
    if (stats.isDirectory()) enter(real, shown)
    if (!stats.isFile()) return null
    return { path: shown, ...describeStats(stats) }
  }

  function enter(real: string, shown: string): void {
    if (entered.has(real)) return
    entered.add(real)
    folders.push({ real, shown })
  }
}
