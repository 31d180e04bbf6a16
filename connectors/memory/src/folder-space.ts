import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import {
  emptyState,
  type Blob,
  type ChangeReason,
  type DestinationState,
  type Space,
  type StoredObject,
} from './space.ts'

/**
 * A space in a folder, so that several processes share it and it outlives them.
 *
 *   objects/<key>             what the source reads
 *   blobs/<owner>/<uuid>      bytes of the destination, visible only through a manifest
 *   manifests/00000007.json   the state; the highest number counts
 *
 * A new manifest gets its number by link(2), which fails when the number is taken: whoever is second starts again from the
 * new state. Manifests are never removed, because a stalled writer could then take a number below the highest one.
 */
export class FolderSpace implements Space {
  readonly name: string
  beforePublish: Space['beforePublish'] = null
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    this.name = folder
  }

  async password(): Promise<string | null> {
    const text = await unlessMissing(readFile(join(this.#folder, 'password'), 'utf8'))
    return text === null ? null : text.trim()
  }

  async setPassword(password: string): Promise<void> {
    await writeDurably(join(this.#folder, 'password'), [Buffer.from(password)])
  }

  async *objects(prefix: string): AsyncIterable<StoredObject> {
    const root = join(this.#folder, 'objects')
    const entries = (await unlessMissing(readdir(root, { recursive: true, withFileTypes: true }))) ?? []
    const keys = entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.tmp-'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    for (const key of keys.filter((name) => name.startsWith(prefix)).sort()) {
      const object = await this.stat(key)
      if (object !== null) yield object
    }
  }

  async stat(key: string): Promise<StoredObject | null> {
    const found = await unlessMissing(stat(this.#object(key), { bigint: true }))
    if (found === null || !found.isFile()) return null
    const version = `${found.ino}-${found.size}-${found.mtimeNs}`
    return { key, bytes: Number(found.size), version, modifiedAt: Number(found.mtimeMs) }
  }

  async *read(
    key: string,
    request: { readonly offset: number; readonly chunkBytes: number },
  ): AsyncIterable<Uint8Array> {
    yield* createReadStream(this.#object(key), { start: request.offset, highWaterMark: request.chunkBytes })
  }

  async put(key: string, body: string | Uint8Array): Promise<void> {
    await writeDurably(this.#object(key), [Buffer.from(body)])
  }

  async remove(key: string): Promise<void> {
    await rm(this.#object(key), { force: true })
  }

  async state(): Promise<DestinationState> {
    return (await this.#latest()).state
  }

  async change(reason: ChangeReason, next: (state: DestinationState) => DestinationState): Promise<DestinationState> {
    for (;;) {
      const { number, state } = await this.#latest()
      const after = next(state)
      if (after === state) return state
      const manifests = join(this.#folder, 'manifests')
      const draft = join(manifests, `.tmp-${randomUUID()}`)
      await writeDurably(draft, [Buffer.from(JSON.stringify(after))])
      try {
        await this.beforePublish?.(reason)
        await link(draft, join(manifests, manifestName(number + 1)))
        await syncFolder(manifests)
        return after
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      } finally {
        await rm(draft, { force: true })
      }
    }
  }

  async putBlob(owner: string, bytes: AsyncIterable<Uint8Array>): Promise<Blob> {
    const key = `${owner}/${randomUUID()}`
    return { key, bytes: await writeDurably(this.#blob(key), bytes) }
  }

  async blob(key: string): Promise<Uint8Array> {
    return readFile(this.#blob(key))
  }

  /** Where the bytes of a blob are, for readers that want a file. */
  blobPath(key: string): string {
    return this.#blob(key)
  }

  async blobs(owner: string): Promise<readonly string[]> {
    const names = (await unlessMissing(readdir(join(this.#folder, 'blobs', owner)))) ?? []
    return names.map((name) => `${owner}/${name}`)
  }

  async removeBlob(key: string): Promise<void> {
    await rm(this.#blob(key), { force: true })
  }

  async #latest(): Promise<{ number: number; state: DestinationState }> {
    const names = (await unlessMissing(readdir(join(this.#folder, 'manifests')))) ?? []
    const last = names
      .filter((name) => !name.startsWith('.'))
      .sort()
      .at(-1)
    if (last === undefined) return { number: 0, state: emptyState }
    const text = await readFile(join(this.#folder, 'manifests', last), 'utf8')
    return { number: Number.parseInt(last, 10), state: JSON.parse(text) as DestinationState }
  }

  #object(key: string): string {
    return join(this.#folder, 'objects', key)
  }

  #blob(key: string): string {
    return join(this.#folder, 'blobs', key)
  }
}

function manifestName(number: number): string {
  return `${String(number).padStart(8, '0')}.json`
}

/** Writes beside the final name, syncs, then renames: a reader sees the whole file or none. Returns the bytes written. */
async function writeDurably(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
  await mkdir(dirname(path), { recursive: true })
  const draft = join(dirname(path), `.tmp-${randomUUID()}`)
  let bytes = 0
  try {
    await using file = await open(draft, 'wx')
    for await (const chunk of chunks) {
      await file.appendFile(chunk)
      bytes += chunk.length
    }
    await file.sync()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
  return bytes
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
