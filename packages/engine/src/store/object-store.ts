import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Operator } from 'opendal'
import { fileBytes } from '../file-bytes.ts'
import type { SegmentStore } from '../ports.ts'
import { asked, askedFor } from './store-faults.ts'

const chunkBytes = 8 << 20

/**
 * Segments in an object store (S3, GCS, Azure Blob) through OpenDAL. What DuckDB reads is downloaded once into `cache` and kept while
 * it is used; the cache may be emptied at any time.
 */
export function openObjectStore(scheme: string, options: Record<string, string>, cache: string): SegmentStore {
  const operator = new Operator(scheme, options)
  const downloads = new Map<string, Promise<string>>()
  const open = async function* (key: string): AsyncGenerator<Uint8Array> {
    const reader = await asked(operator.reader(key, { chunk: chunkBytes, concurrent: 8 }))
    yield* askedFor(reader.createReadStream() as AsyncIterable<Uint8Array>)
  }
  const download = async (key: string): Promise<string> => {
    const path = join(cache, ...key.split('/'))
    if ((await stat(path).catch(() => null)) !== null) {
      const now = new Date()
      await utimes(path, now, now).catch(() => {})
      return path
    }
    await mkdir(dirname(path), { recursive: true })
    const part = `${path}.${process.pid}.part`
    await pipeline(open(key), createWriteStream(part))
    await rename(part, path)
    return path
  }
  return {
    async put(localFile, key) {
      const { size } = await stat(localFile)
      const writer = await asked(operator.writer(key, { chunk: BigInt(chunkBytes), concurrent: 4 }))
      for await (const chunk of fileBytes(localFile, chunkBytes)) await asked(writer.write(chunk))
      await asked(writer.close())
      await keepAsCached(localFile, join(cache, ...key.split('/')))
      return { bytes: size }
    },
    local(key) {
      const running = downloads.get(key)
      if (running !== undefined) return running
      const started = download(key).finally(() => downloads.delete(key))
      downloads.set(key, started)
      return started
    },
    open: (key) => open(key),
    async remove(key) {
      await rm(join(cache, ...key.split('/')), { force: true })
      await asked(operator.delete(key))
    },
    async *list(prefix) {
      const folder = prefix.endsWith('/') || prefix === '' ? prefix : `${prefix}/`
      for (const entry of await asked(operator.list(folder, { recursive: true }))) {
        const path = entry.path()
        if (path.endsWith('/')) continue
        const meta = await asked(operator.stat(path))
        yield {
          key: path,
          bytes: Number(meta.contentLength ?? 0),
          modifiedAt: Date.parse(meta.lastModified ?? '') || 0,
        }
      }
    },
  }
}

/** The worker that wrote a segment is likely to read it next. */
async function keepAsCached(localFile: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rename(localFile, path).catch(() => rm(localFile, { force: true }))
}
