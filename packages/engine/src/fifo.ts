import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chunkBuffers } from './buffer-pool.ts'

const run = promisify(execFile)
let count = 0
const idle = new Map<string, Fifo[]>()

function idleIn(folder: string): Fifo[] {
  const known = idle.get(folder)
  if (known !== undefined) return known
  const none: Fifo[] = []
  idle.set(folder, none)
  return none
}

/** A named pipe: DuckDB reads it as a file while JavaScript writes it, so bytes need no disk. */
export class Fifo implements AsyncDisposable {
  readonly path: string
  readonly #folder: string
  private constructor(folder: string, path: string) {
    this.#folder = folder
    this.path = path
  }

  /** A pipe of `folder` that is not in use, or a new one. Disposing it keeps it for the next: making one costs a process. */
  static async open(folder: string): Promise<Fifo> {
    const unused = idleIn(folder).pop()
    if (unused !== undefined) return unused
    const path = join(folder, `pipe-${process.pid}-${++count}`)
    await run('mkfifo', ['-m', '600', path])
    return new Fifo(folder, path)
  }

  /**
   * Runs `read` (which must open the pipe for reading) while `bytes` are written into it. Ends when both have ended; a failing
   * reader stops the writer at once and its error is the one that is thrown. An error of `bytes` wins over the reader's.
   */
  async feed<T>(bytes: AsyncIterable<Uint8Array>, read: () => Promise<T>): Promise<T> {
    const writer = this.#write(bytes)
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
    if (first !== null) await this.#release(writer)
    // Both must be over before the pipe is used again: a reader of the past would take the bytes of the next.
    const written = await writer.done.then(
      () => null,
      (error: unknown) => ({ error }),
    )
    await outcome
    if (written !== null) throw written.error
    return await reading
  }

  #write(bytes: AsyncIterable<Uint8Array>): Writing {
    const writing: Writing = { opened: false, abandoned: false, done: Promise.resolve() }
    writing.done = (async () => {
      const handle = await open(this.path, constants.O_WRONLY) // blocks until the reader opens
      writing.opened = true
      try {
        if (writing.abandoned) return
        for await (const chunk of bytes) {
          if (writing.abandoned) return
          for (let at = 0; at < chunk.length;) {
            const { bytesWritten } = await handle.write(chunk, at, chunk.length - at)
            at += bytesWritten
          }
          chunkBuffers.giveBack(chunk)
        }
      } catch (error) {
        // The reader has gone: its own error says why.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
      } finally {
        await handle.close()
      }
    })()
    writing.done.catch(() => {})
    return writing
  }

  /** The reader ended before the writer: frees a writer that still waits in `open`, which nothing else can interrupt. */
  async #release(writing: Writing): Promise<void> {
    writing.abandoned = true
    while (!writing.opened) {
      const reader = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK)
      await new Promise((resolve) => setTimeout(resolve, 1))
      await reader.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    idleIn(this.#folder).push(this)
  }
}

interface Writing {
  opened: boolean
  abandoned: boolean
  done: Promise<void>
}
