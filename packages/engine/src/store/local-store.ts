import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { diskFull } from '../compute.ts'
import type { SegmentStore } from '../ports.ts'

/** Segments in a local folder: a put is a rename after an fsync, so a file is there whole or not at all. */
export function openLocalStore(folder: string): SegmentStore {
  const pathOf = (key: string): string => join(folder, ...key.split('/'))
  return {
    async put(localFile, key) {
      const target = pathOf(key)
      try {
        await mkdir(dirname(target), { recursive: true })
        await sync(localFile)
        await moveFile(localFile, target)
        await sync(dirname(target))
        return { bytes: (await stat(target)).size }
      } catch (thrown) {
        throw diskFull(thrown) ?? thrown
      }
    },
    async local(key) {
      return pathOf(key)
    },
    open: (key, signal) => contentOf(pathOf(key), signal),
    async remove(key) {
      await rm(pathOf(key), { force: true })
    },
    async *list(prefix) {
      yield* filesBelow(folder, pathOf(prefix))
    },
  }
}

const chunkBytes = 4 << 20

/** By the size of the file: a stream would allocate whole chunks for its rest and its end, and most segments are smaller than one. */
async function* contentOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  await using handle = await open(path, 'r')
  for (let left = (await handle.stat()).size; left > 0;) {
    signal?.throwIfAborted()
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(Math.min(left, chunkBytes)))
    if (bytesRead === 0) return
    left -= bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* filesBelow(
  root: string,
  folder: string,
): AsyncGenerator<{ key: string; bytes: number; modifiedAt: number }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(root, path)
    else {
      const found = await stat(path).catch(() => null) // removed meanwhile
      if (found !== null)
        yield { key: relative(root, path).split(sep).join('/'), bytes: found.size, modifiedAt: found.mtimeMs }
    }
  }
}

/** Rename where scratch and store share a filesystem, else copy beside the target and rename. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EXDEV') throw thrown
    const beside = `${to}.part`
    await copyFile(from, beside)
    await sync(beside)
    await rename(beside, to)
    await rm(from, { force: true })
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
