import { hash } from 'node:crypto'

/** Rows that were read and may be met again, because they lie in the overlap of two reads. JSON: it is part of a checkpoint. */
export interface RememberedRows {
  /** Least value of the cursor column that is remembered. */
  readonly from: string
  readonly rows: number
  /** Eight bytes for each row, in base64. Null: there were too many, and only their number tells whether another one came. */
  readonly hashes: string | null
}

const hashBytes = 8

/** Which rows were seen, and how often: a row is known by the hash of its text. */
export class SeenRows {
  readonly #left = new Map<string, number>()
  readonly #met: string[] = []
  readonly #added: string[] = []

  constructor(before: RememberedRows | null) {
    const bytes = Buffer.from(before?.hashes ?? '', 'base64').toString('latin1')
    for (let at = 0; at < bytes.length; at += hashBytes) this.#count(bytes.slice(at, at + hashBytes), 1)
  }

  #count(row: string, by: number): number {
    const count = (this.#left.get(row) ?? 0) + by
    this.#left.set(row, count)
    return count
  }

  /** True when the row was not seen before. It counts as met from now on. */
  isNew(line: Uint8Array): boolean {
    const row = hash('sha256', line, 'buffer').subarray(0, hashBytes).toString('latin1')
    this.#met.push(row)
    if (this.#count(row, -1) >= 0) return false
    this.#added.push(row)
    return true
  }

  /** Every row that was met, to be remembered. */
  met(from: string): RememberedRows {
    return { from, rows: this.#met.length, hashes: inBase64(this.#met) }
  }

  /** What was remembered before, and the new rows. */
  with(before: RememberedRows): RememberedRows {
    const hashes = Buffer.concat([
      Buffer.from(before.hashes ?? '', 'base64'),
      Buffer.from(this.#added.join(''), 'latin1'),
    ])
    return { ...before, rows: hashes.length / hashBytes, hashes: hashes.toString('base64') }
  }

  get added(): number {
    return this.#added.length
  }
}

function inBase64(hashes: readonly string[]): string {
  return Buffer.from(hashes.join(''), 'latin1').toString('base64')
}

/** The rows of a copy_text that were not seen before. */
export async function* newRowsOf(text: AsyncIterable<Uint8Array>, seen: SeenRows): AsyncGenerator<Uint8Array> {
  for await (const line of linesOf(text)) if (seen.isNew(line)) yield line
}

/** A line end is always the end of a record; see copy-text.ts. */
async function* linesOf(text: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0)
  for await (const chunk of text) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    let at = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, at)) {
      yield bytes.subarray(at, end + 1)
      at = end + 1
    }
    rest = bytes.subarray(at)
  }
}
