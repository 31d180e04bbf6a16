import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chunkBuffers } from './buffer-pool.ts'

const run = promisify(execFile)
let made = 0
const idle = new Map<string, string[]>()

function idleIn(folder: string): string[] {
  const known = idle.get(folder)
  if (known !== undefined) return known
  const none: string[] = []
  idle.set(folder, none)
  return none
}

export interface PipesWanted {
  readonly count: number
  /** A pipe that has carried as many is followed by the next; the last one takes all the rest. */
  readonly bytes: number
}

/**
 * Named pipes: DuckDB reads them as files while JavaScript writes them, so bytes need no disk. Several carry one text, one after the other, for a
 * reader that keeps each file in memory until its end.
 */
export class Pipes implements AsyncDisposable {
  readonly paths: readonly string[]
  readonly #folder: string
  readonly #bytes: number
  private constructor(folder: string, paths: readonly string[], bytes: number) {
    this.#folder = folder
    this.paths = paths
    this.#bytes = bytes
  }

  /** Pipes of `folder` that are not in use, or new ones. Disposing keeps them for the next: making some costs a process. */
  static async open(folder: string, { count, bytes }: PipesWanted): Promise<Pipes> {
    const paths = idleIn(folder).splice(0, count)
    const fresh = Array.from({ length: count - paths.length }, () => join(folder, `pipe-${process.pid}-${++made}`))
    if (fresh.length > 0) await run('mkfifo', ['-m', '600', ...fresh])
    return new Pipes(folder, [...paths, ...fresh], bytes)
  }

  /**
   * Runs `read` (which must read the pipes in order, each to its end) while `bytes` are written into them, each pipe ending where a chunk ends. Ends
   * when both have ended; a failing reader stops the writer at once and its error is the one that is thrown. An error of `bytes` wins over the reader's.
   */
  async feed<T>(bytes: AsyncIterable<Uint8Array>, read: () => Promise<T>): Promise<T> {
    const writer = new Writer(this.paths, bytes, this.#bytes)
    const reading = read()
    const outcome = reading.then(
      () => ({ failed: false as const }),
      (error: unknown) => ({ failed: true as const, error }),
    )
    const first = await Promise.race([
      outcome,
      writer.done.then(
        () => null,
        () => null,
      ),
    ])
    if (first !== null) await writer.abandon()
    // Both must be over before the pipes are used again: a reader of the past would take the bytes of the next.
    const written = await writer.done.then(
      () => null,
      (error: unknown) => ({ error }),
    )
    await outcome
    if (written !== null) throw written.error
    return await reading
  }

  async [Symbol.asyncDispose](): Promise<void> {
    idleIn(this.#folder).push(...this.paths)
  }
}

/** Fills pipes one after the other. */
class Writer {
  /** Rejects with the error of the bytes, once the reader has got every pipe to its end. */
  readonly done: Promise<void>
  readonly #bytes: number
  /** The pipe whose reader is waited for, which nothing can interrupt. */
  #opening: string | null = null
  #abandoned = false

  constructor(paths: readonly string[], bytes: AsyncIterable<Uint8Array>, pipeBytes: number) {
    this.#bytes = pipeBytes
    this.done = this.#write(paths, bytes)
    this.done.catch(() => {})
  }

  /** The reader ended before the writer: frees a writer that still waits in `open`. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    while (this.#opening !== null) {
      const reader = await open(this.#opening, constants.O_RDONLY | constants.O_NONBLOCK)
      await new Promise((resolve) => setTimeout(resolve, 1))
      await reader.close()
    }
  }

  async #write(paths: readonly string[], bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks = bytes[Symbol.asyncIterator]()
    let failure: { readonly error: unknown } | null = null
    let ended = false
    try {
      for (const [index, path] of paths.entries()) {
        const handle = await this.#open(path)
        try {
          // After its end the text still needs its empty pipes: the reader opens each of them.
          if (!ended && !this.#abandoned)
            ended = await this.#fill(
              handle,
              chunks,
              index === paths.length - 1 ? Number.POSITIVE_INFINITY : this.#bytes,
            )
        } catch (error) {
          ended = true
          failure = { error }
        } finally {
          await handle.close()
        }
        if (this.#abandoned) break
      }
    } finally {
      await chunks.return?.()
    }
    if (failure !== null) throw failure.error
  }

  async #open(path: string): Promise<FileHandle> {
    this.#opening = path
    try {
      return await open(path, constants.O_WRONLY) // blocks until the reader opens
    } finally {
      this.#opening = null
    }
  }

  /** True when the text is at its end, or nobody reads it any more. */
  async #fill(handle: FileHandle, chunks: AsyncIterator<Uint8Array>, most: number): Promise<boolean> {
    for (let written = 0; written < most;) {
      const next = await chunks.next()
      if (next.done === true) return true
      if (this.#abandoned || !(await writeAll(handle, next.value))) return false
      written += next.value.length
      chunkBuffers.giveBack(next.value)
    }
    return false
  }
}

/** False when the reader has gone: its own error says why. */
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at, chunk.length - at)).bytesWritten
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    return false
  }
}
