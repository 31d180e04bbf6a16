import { randomUUID } from 'node:crypto'
import {
  emptyState,
  type Blob,
  type ChangeReason,
  type DestinationState,
  type Space,
  type StoredObject,
} from './space.ts'

const spaces = new Map<string, MemorySpace>()

/** The space of this name in this process; made when it is asked for the first time. */
export function memorySpace(name: string): MemorySpace {
  let space = spaces.get(name)
  if (space === undefined) spaces.set(name, (space = new MemorySpace(name)))
  return space
}

/** Forgets a space and everything in it. */
export function dropMemorySpace(name: string): void {
  spaces.delete(name)
}

export class MemorySpace implements Space {
  readonly name: string
  beforePublish: Space['beforePublish'] = null
  readonly #objects = new Map<string, { readonly object: StoredObject; readonly body: Uint8Array }>()
  readonly #blobs = new Map<string, Uint8Array>()
  #state: DestinationState = emptyState
  #password: string | null = null
  #versions = 0

  constructor(name: string) {
    this.name = name
  }

  async password(): Promise<string | null> {
    return this.#password
  }

  setPassword(password: string): void {
    this.#password = password
  }

  async *objects(prefix: string): AsyncIterable<StoredObject> {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    for (const key of keys) {
      const entry = this.#objects.get(key)
      if (entry !== undefined) yield entry.object
    }
  }

  async stat(key: string): Promise<StoredObject | null> {
    return this.#objects.get(key)?.object ?? null
  }

  async *read(
    key: string,
    request: { readonly offset: number; readonly chunkBytes: number },
  ): AsyncIterable<Uint8Array> {
    const body = this.#objects.get(key)?.body ?? new Uint8Array()
    for (let at = request.offset; at < body.length; at += request.chunkBytes)
      yield body.slice(at, at + request.chunkBytes)
  }

  async put(key: string, body: string | Uint8Array): Promise<void> {
    const bytes = new Uint8Array(Buffer.from(body))
    this.#versions += 1
    const object = { key, bytes: bytes.length, version: `v${this.#versions}`, modifiedAt: Date.now() }
    this.#objects.set(key, { object, body: bytes })
  }

  async remove(key: string): Promise<void> {
    this.#objects.delete(key)
  }

  async state(): Promise<DestinationState> {
    return this.#state
  }

  async change(reason: ChangeReason, next: (state: DestinationState) => DestinationState): Promise<DestinationState> {
    for (;;) {
      const before = this.#state
      const after = next(before)
      if (after === before) return before
      await this.beforePublish?.(reason)
      if (this.#state === before) return (this.#state = after)
    }
  }

  async putBlob(owner: string, bytes: AsyncIterable<Uint8Array>): Promise<Blob> {
    const body = Buffer.concat(await Array.fromAsync(bytes))
    const key = `${owner}/${randomUUID()}`
    this.#blobs.set(key, body)
    return { key, bytes: body.length }
  }

  async blob(key: string): Promise<Uint8Array> {
    const body = this.#blobs.get(key)
    if (body === undefined) throw new Error(`space "${this.name}" has no blob "${key}"`)
    return body
  }

  async blobs(owner: string): Promise<readonly string[]> {
    return [...this.#blobs.keys()].filter((key) => key.startsWith(`${owner}/`))
  }

  async removeBlob(key: string): Promise<void> {
    this.#blobs.delete(key)
  }
}
