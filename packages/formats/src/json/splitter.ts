import { Fault } from '@leat/connector-kit'
import { maximumDepth } from '../limits.ts'

const newline = 0x0a
const space = 0x20
const separator = Uint8Array.of(newline)

/** What a byte means outside of strings. */
const kind = new Uint8Array(256)
const [plain, quote, opener, closer, comma, lineBreak, blank, colon] = [0, 1, 2, 3, 4, 5, 6, 7]
kind[0x22] = quote
kind[0x7b] = kind[0x5b] = opener
kind[0x7d] = kind[0x5d] = closer
kind[0x2c] = comma
kind[0x0a] = kind[0x0d] = lineBreak
kind[0x20] = kind[0x09] = blank
kind[0x3a] = colon

/**
 * Turns arrays of records, pretty-printed and concatenated documents into one record per line, byte by byte and in place: the comma between two
 * elements becomes a newline, newlines inside of a record become spaces. Never looks back, so memory is one chunk.
 *
 * A broken element ends at the next place where a new one evidently starts (a `{` where only a key may stand, a newline
 * inside of a string, a bracket of the wrong kind); it becomes a line of its own that the reader refuses. An array that is never
 * closed throws `json.unclosed_array` after everything before it was yielded.
 */
export async function* splitRecords(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const splitter = new Splitter()
  for await (const chunk of bytes) yield* splitter.push(Buffer.from(chunk))
  yield separator
  if (splitter.open)
    throw new Fault({
      kind: 'data',
      code: 'json.unclosed_array',
      message:
        'The JSON array is not closed: the file ends before its "]". Records before that were read; deliver the complete file again.',
    })
}

class Splitter {
  /** Inside of a top-level array. */
  #inArray = false
  /** Closers that the open containers of the current record wait for, as far as a reader would follow them. */
  readonly #stack: number[] = []
  /** Containers that are open below those: their record is refused anyway, only its end matters. */
  #below = 0
  #inString = false
  #escaped = false
  /** Inside of an object, where only a key or `}` may stand. */
  #keyExpected = false
  /** A record has begun and its end was not seen. */
  #inRecord = false
  /** The last record is complete; what follows outside of an array needs a separator. */
  #done = false

  get open(): boolean {
    return this.#inArray
  }

  *push(chunk: Buffer): Generator<Uint8Array> {
    let from = 0
    let at = 0
    const cut = function* () {
      if (at > from) yield chunk.subarray(from, at)
      yield separator
      from = at
    }
    for (; at < chunk.length; at++) {
      if (this.#inString) {
        at = this.#string(chunk, at)
        continue
      }
      const byte = chunk[at] ?? 0
      const what = kind[byte]
      if (what === blank) continue
      if (what === plain || what === colon) {
        if (this.#stack.length === 0) {
          if (this.#done && !this.#inArray) yield* cut()
          this.#inRecord = true
          this.#done = false
        }
        continue
      }
      if (what === lineBreak) {
        // Between top-level documents a newline separates; inside of a record or array it is white space.
        const scalarEnds = !this.#inArray && this.#stack.length === 0
        chunk[at] = scalarEnds ? newline : space
        if (scalarEnds) this.#endRecord()
      } else if (what === quote) {
        if (this.#stack.length === 0) {
          if (this.#done && !this.#inArray) yield* cut()
          this.#inRecord = true
          this.#done = false
        }
        this.#inString = true
        this.#keyExpected = false
      } else if (what === opener) {
        if (this.#keyExpected || (this.#stack.length === 0 && this.#done && !this.#inArray)) {
          yield* cut()
          this.#endRecord()
        }
        this.#done = false
        if (this.#stack.length === 0 && !this.#inArray && byte === 0x5b && !this.#inRecord) {
          this.#inArray = true
          chunk[at] = newline
        } else {
          this.#inRecord = true
          if (this.#stack.length > maximumDepth) this.#below++
          else this.#stack.push(byte + 2)
          this.#keyExpected = byte === 0x7b && this.#below === 0
        }
      } else if (what === closer && this.#below > 0) this.#below--
      else if (what === closer) this.#close(chunk, at, byte)
      else this.#comma(chunk, at)
    }
    if (at > from) yield chunk.subarray(from, at)
  }

  /** Index of the last byte that belongs to the string in this chunk. */
  #string(chunk: Buffer, at: number): number {
    if (this.#escaped) {
      this.#escaped = false
      at++
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (byte === 0x22) {
        this.#inString = false
        return at
      }
      if (byte === 0x5c) {
        if (at + 1 >= chunk.length) this.#escaped = true
        at++
      } else if (byte === newline) {
        this.#inString = false
        this.#endRecord()
        return at
      }
    }
    return at
  }

  #close(chunk: Buffer, at: number, byte: number): void {
    const wanted = this.#stack.pop()
    this.#keyExpected = false
    if (wanted === undefined) {
      if (byte === 0x5d && this.#inArray) {
        this.#inArray = false
        chunk[at] = newline
        this.#endRecord()
      } else this.#inRecord = true
    } else if (wanted !== byte) this.#mismatch(chunk, at, byte)
    else if (this.#stack.length === 0) this.#done = true
  }

  /** `]` while an object is open: most likely the end of the array whose last element is broken. */
  #mismatch(chunk: Buffer, at: number, byte: number): void {
    if (byte === 0x5d && this.#inArray && !this.#stack.includes(0x5d)) {
      this.#inArray = false
      chunk[at] = newline
      this.#endRecord()
    }
  }

  #comma(chunk: Buffer, at: number): void {
    if (this.#stack.length > 0) {
      this.#keyExpected = this.#below === 0 && this.#stack.at(-1) === 0x7d
      return
    }
    if (this.#inArray) {
      chunk[at] = newline
      this.#endRecord()
    } else this.#inRecord = true
  }

  #endRecord(): void {
    this.#stack.length = 0
    this.#below = 0
    this.#inRecord = false
    this.#keyExpected = false
    this.#done = false
  }
}
