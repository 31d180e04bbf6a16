import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** Bytes that stay in memory; more go to a temporary file. */
const memoryBytes = 8 << 20

/** Bytes that are written once and then read any number of times. */
export class Spool implements AsyncDisposable {
  #chunks: Uint8Array[] = []
  #bytes = 0
  #file: string | null = null

  async write(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes < memoryBytes) return
    this.#file ??= path.join(os.tmpdir(), `leat-rows-${randomUUID()}`)
    await appendFile(this.#file, Buffer.concat(this.#chunks), { mode: 0o600 })
    this.#chunks = []
    this.#bytes = 0
  }

  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#file !== null) for await (const chunk of createReadStream(this.#file)) yield chunk as Uint8Array
    if (this.#bytes > 0) yield Buffer.concat(this.#chunks)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#file !== null) await rm(this.#file, { force: true })
  }
}
