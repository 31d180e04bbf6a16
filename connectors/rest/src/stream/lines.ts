/** A line without its end. `bytes` is what the line had; `text` lacks what is beyond the limit. */
export interface Line {
  readonly text: Buffer
  readonly bytes: number
}

const lf = 10
const cr = 13

/** Cuts bytes into lines that end with LF, CR or both, and keeps no more of one than `mostBytes`, however long it is. */
export class LineSplitter {
  readonly #mostBytes: number
  #pieces: Buffer[] = []
  #kept = 0
  #bytes = 0
  #afterCr = false

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  *push(chunk: Uint8Array): Generator<Line> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    let start = this.#afterCr && bytes[0] === lf ? 1 : 0
    if (bytes.length > 0) this.#afterCr = false
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte !== lf && byte !== cr) continue
      this.#keep(bytes.subarray(start, at))
      yield this.#take()
      if (byte === cr) {
        if (at + 1 === bytes.length) this.#afterCr = true
        else if (bytes[at + 1] === lf) at++
      }
      start = at + 1
    }
    this.#keep(bytes.subarray(start))
  }

  /** What came after the last line end. */
  rest(): Line {
    return this.#take()
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return
    this.#bytes += piece.length
    const room = this.#mostBytes - this.#kept
    if (room <= 0) return
    // Copied: a line may wait long for its end, and the chunk is large.
    const kept = Buffer.from(piece.subarray(0, room))
    this.#pieces.push(kept)
    this.#kept += kept.length
  }

  #take(): Line {
    const line = {
      text: this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces),
      bytes: this.#bytes,
    }
    this.#pieces = []
    this.#kept = this.#bytes = 0
    return line
  }
}
