/**
 * A stretch of an object in ranges, several in flight, in order. Holds at most `atOnce` ranges in memory; the consumer's
 * pace decides when the next one is asked for.
 */
export async function* rangedBytes(
  offset: number,
  end: number,
  rangeBytes: number,
  atOnce: number,
  fetchRange: (from: number, length: number) => Promise<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const underWay: Promise<Uint8Array>[] = []
  let next = offset
  while (next < end || underWay.length > 0) {
    while (next < end && underWay.length < atOnce) {
      const length = Math.min(rangeBytes, end - next)
      const range = fetchRange(next, length)
      // It may fail before its turn comes, or after the consumer has left: then nobody is waiting for it.
      range.catch(() => undefined)
      underWay.push(range)
      next += length
    }
    const first = underWay.shift()
    if (first !== undefined) yield await first
  }
}
