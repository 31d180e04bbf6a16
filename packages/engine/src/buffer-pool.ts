import type { BufferPool } from '@leat/connector-kit'

/** Buffers that wait for their next use; more than that is given back to V8. */
const mostFree = 8

/** Large buffers that are used again. One for the whole process: its few streams take and give back in turns. */
export class ChunkBuffers implements BufferPool {
  readonly #mine = new WeakMap<ArrayBufferLike, Buffer>()
  readonly #free: Buffer[] = []

  take(bytes: number): Buffer {
    const index = this.#free.findIndex((buffer) => buffer.length === bytes)
    if (index >= 0) return this.#free.splice(index, 1)[0]!
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.#mine.set(buffer.buffer, buffer)
    return buffer
  }

  /** Whether the bytes of `chunk` may be overwritten once its reader has given it back. */
  owns(chunk: Uint8Array): boolean {
    return this.#mine.has(chunk.buffer)
  }

  /** The bytes of `chunk` (all or part of a buffer that was taken, or of any other) are not needed any more. */
  giveBack(chunk: Uint8Array): void {
    const buffer = this.#mine.get(chunk.buffer)
    if (buffer !== undefined && this.#free.length < mostFree && !this.#free.includes(buffer)) this.#free.push(buffer)
  }
}

export const chunkBuffers = new ChunkBuffers()
