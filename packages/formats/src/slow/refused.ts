import { open, type FileHandle } from 'node:fs/promises'
import { quotePaths } from '../sql.ts'
import { objectSize } from './canonical.ts'

export interface Refused {
  readonly ordinal: number
  readonly raw: Uint8Array
  readonly code: string
  readonly reason: string
}

/** Raw bytes kept of one refused record; the reason says so when a longer one is cut. */
export const maximumRawBytes = 32 * 1024 * 1024
const flushBytes = 8 * 1024 * 1024

/** Refused records on their way to Parquet: JSON lines with the raw bytes in base64. */
export class RefusedFile {
  readonly #path: string
  #file: FileHandle | null = null
  #lines: string[] = []
  #size = 0
  /** Characters of the longest line, for `select`. */
  longest = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  add({ ordinal, raw, code, reason }: Refused): void {
    const cut = raw.length > maximumRawBytes
    const kept = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, maximumRawBytes)).toString('base64')
    const why = cut ? `${reason}; only the first ${maximumRawBytes} of its ${raw.length} bytes are kept` : reason
    const line = JSON.stringify({ ordinal, raw: kept, code, reason: why.toWellFormed() })
    this.#lines.push(line)
    this.#size += line.length
    this.longest = Math.max(this.longest, line.length)
    if (this.#size > flushBytes) this.#flush()
  }

  async close(): Promise<void> {
    this.#flush()
    await this.#writing
    await this.#file?.close()
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    const text = `${this.#lines.join('\n')}\n`
    this.#lines = []
    this.#size = 0
    this.#writing = this.#writing.then(async () => {
      this.#file ??= await open(this.#path, 'w')
      await this.#file.appendFile(text)
    })
    // A failure surfaces in close(); until then it must not count as unhandled.
    this.#writing.catch(() => {})
  }

  /** SELECT of (ordinal BIGINT, raw BLOB, code VARCHAR, reason VARCHAR) over such files. */
  static select(paths: readonly string[], longest = 0): string {
    if (paths.length === 0) return `SELECT 0::BIGINT AS ordinal, ''::BLOB AS raw, '' AS code, '' AS reason WHERE false`
    return `SELECT ordinal, from_base64(raw) AS raw, code, reason FROM read_json(${quotePaths(paths)}, format = 'newline_delimited', auto_detect = false, compression = 'uncompressed', maximum_object_size = ${objectSize(longest)}, columns = {ordinal: 'BIGINT', raw: 'VARCHAR', code: 'VARCHAR', reason: 'VARCHAR'})`
  }
}
