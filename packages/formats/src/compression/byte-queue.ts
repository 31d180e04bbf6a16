/** Takes exact numbers of bytes from a stream of chunks. */
export class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#source = bytes[Symbol.asyncIterator]()
  }

  /** The next `count` bytes; fewer at the end of the stream. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [this.#held]
    let size = this.#held.length
    while (size < count) {
      const { done, value } = await this.#source.next()
      if (done) break
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.length))
      size += value.length
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts)
    this.#held = all.subarray(Math.min(count, all.length))
    return all.subarray(0, count)
  }
}
