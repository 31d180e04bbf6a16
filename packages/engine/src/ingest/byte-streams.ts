import type { Decoder } from '@leat/formats'

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

/** The same bytes in chunks that end at record boundaries. Copies only the record that a boundary cut. */
export async function* aligned(decoder: Decoder, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let carry: Uint8Array[] = []
  for await (const chunk of source) {
    const cut = decoder.lastBoundary(chunk)
    if (cut === chunk.length && carry.length === 0) {
      yield chunk
      continue
    }
    if (cut <= 0) {
      carry.push(chunk)
      continue
    }
    // Copied before the chunk goes on: its consumer may use the buffer again.
    const tail = Buffer.from(chunk.subarray(cut))
    if (carry.length > 0) {
      const first = firstBoundary(chunk, cut)
      yield Buffer.concat([...carry, chunk.subarray(0, first)])
      if (first < cut) yield chunk.subarray(first, cut)
    } else yield chunk.subarray(0, cut)
    carry = cut < chunk.length ? [tail] : []
  }
  if (carry.length > 0) yield Buffer.concat(carry)
}

/** End of the first line, so that only a cut record is copied; decoders whose records span lines align by themselves. */
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
