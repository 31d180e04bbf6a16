import { Fault } from '@leat/connector-kit'
import { maximumRecordBytes, type Decoder } from '@leat/formats'
import { chunkBuffers } from '../buffer-pool.ts'
import { objectFault } from './unit-objects.ts'

/**
 * Reads at least `bytes` (or all there is) and gives them back together with the whole stream, nothing consumed. A stream that fails
 * while it is looked at fails again in `all`, after the bytes before the failure: those are still good.
 */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let length = 0
  let ended = false
  let failure: { thrown: unknown } | null = null
  while (length < bytes && !ended) {
    try {
      const next = await iterator.next()
      if (next.done === true) ended = true
      else {
        chunks.push(next.value)
        length += next.value.length
      }
    } catch (thrown) {
      failure = { thrown }
      ended = true
    }
  }
  if (failure !== null && length === 0) throw failure.thrown
  const head = chunks.length === 1 ? chunks[0]!.subarray(0, bytes) : Buffer.concat(chunks).subarray(0, bytes)
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks
      chunks.length = 0
      if (failure !== null) throw failure.thrown
      while (!ended) {
        const next = await iterator.next()
        if (next.done === true) ended = true
        else yield next.value
      }
    } finally {
      if (!ended) await iterator.return?.()
    }
  }
  return { head, all: all() }
}

/**
 * The same bytes in chunks that end at record boundaries. Copies only the record that a boundary cut. When the object is damaged, what
 * was begun goes out too, but for a last line that could pass for a whole record: a cut JSON object is refused as such, a cut line of
 * delimited text might be read. Throws `record.too_long` where no record ends for so long that it can only be damage (or a bomb): memory
 * stays bounded.
 */
export async function* aligned(
  decoder: Decoder,
  source: AsyncIterable<Uint8Array>,
  tail: Tail,
): AsyncGenerator<Uint8Array> {
  const delimited = decoder.detected.format === 'csv'
  const carry = new Carry()
  /** Bytes of the carry in which no boundary was found. */
  let looked = 0
  try {
    for await (const fresh of source) {
      let chunk = fresh
      if (carry.bytes > 0 && delimited) {
        if (carry.bytes + fresh.length < 2 * looked) {
          carry.add(fresh) // looked at again when there is twice as much: a long record would cost the square of its length
          continue
        }
        // What is a boundary depends on the quotes before it.
        chunk = Buffer.concat([...carry.take(), fresh])
      }
      const cut = decoder.lastBoundary(chunk)
      if (cut === chunk.length && carry.bytes === 0) {
        yield chunk
        continue
      }
      if (cut <= 0) {
        carry.add(chunk)
        looked = carry.bytes
        continue
      }
      // Copied before the chunk goes on: its consumer may use the buffer again.
      const rest = Buffer.from(chunk.subarray(cut))
      if (carry.bytes > 0) {
        const first = firstBoundary(chunk, cut)
        yield Buffer.concat([...carry.take(), chunk.subarray(0, first)])
        if (first < cut) yield chunk.subarray(first, cut)
      } else yield chunk.subarray(0, cut)
      carry.add(rest)
      looked = 0
    }
    if (delimited && carry.bytes > looked) {
      const rest = Buffer.concat(carry.take())
      const cut = Math.max(0, decoder.lastBoundary(rest))
      if (cut > 0) yield rest.subarray(0, cut)
      carry.add(rest.subarray(cut))
    }
  } catch (thrown) {
    // Only of a damaged object is this the end; after a failure of the source it is read again.
    if (objectFault(thrown) === null) throw thrown
    const begun = Buffer.concat(carry.take())
    tail.open = begun.length > 0
    if (decoder.detected.format === 'json' && begun.length > 0 && !tail.spoiledWhole)
      yield Buffer.concat([begun, newline])
    else if (begun.includes(newline)) yield begun.subarray(0, begun.lastIndexOf(newline) + 1)
    throw thrown
  }
  tail.open = carry.bytes > 0
  if (tail.open) yield Buffer.concat(carry.take())
}

/** What was read of a record whose end has not come. Throws `record.too_long` when it grows too large, and holds nothing then. */
class Carry {
  #chunks: Uint8Array[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes <= longestCarry) return
    const { bytes } = this
    this.take()
    throw endless(bytes)
  }

  take(): readonly Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    return chunks
  }
}

/** Longer records than `maximumRecordBytes` are refused one by one up to here; what follows is not waited for. */
const longestCarry = 2 * maximumRecordBytes

function endless(bytes: number): Fault {
  return new Fault({
    kind: 'data',
    code: 'record.too_long',
    message: `No record ends within ${bytes} bytes; at most ${maximumRecordBytes} are read as one. Check the format, the delimiter and the quotes of the file: what follows in it was not read.`,
  })
}

/** How a text ended. open: inside of a record (a quote that is never closed), so that no other text may be put behind it. */
export interface Tail {
  open: boolean
  /** The record that was begun is refused together with the object, not also by itself. */
  readonly spoiledWhole: boolean
}

const newline = Buffer.from('\n')

/** End of the first line, so that only a cut record is copied. */
function firstBoundary(chunk: Uint8Array, cut: number): number {
  const newline = chunk.indexOf(10)
  return newline >= 0 && newline < cut ? newline + 1 : cut
}

export async function* skip(source: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const chunk of source) {
    if (left >= chunk.length) left -= chunk.length
    else {
      yield left === 0 ? chunk : chunk.subarray(left)
      left = 0
    }
  }
}

/** Small pieces cost more on their way than in their bytes: thousands of pages or little files go on as larger ones. */
const joinedBytes = 256 << 10

export async function* joined(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer: Buffer | null = null
  let size = 0
  for await (const piece of pieces) {
    // A large piece goes on as it is, whatever waits before it: a copy would keep its buffer from being used again.
    const large = piece.length >= joinedBytes / 4
    if (buffer !== null && (large || size + piece.length > joinedBytes)) {
      yield buffer.subarray(0, size)
      buffer = null
      size = 0
    }
    if (large) {
      yield piece
      continue
    }
    buffer ??= chunkBuffers.take(joinedBytes)
    buffer.set(piece, size)
    size += piece.length
  }
  if (buffer !== null) yield buffer.subarray(0, size)
}
