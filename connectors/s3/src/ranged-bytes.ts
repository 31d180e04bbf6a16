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
  try {
    while (next < end || underWay.length > 0) {
      while (next < end && underWay.length < atOnce) {
        const length = Math.min(rangeBytes, end - next)
        underWay.push(fetchRange(next, length))
        next += length
      }
      const first = underWay[0]
      if (first !== undefined) yield await first
      underWay.shift()
    }
  } finally {
    // A consumer that stops early, or a failure, leaves ranges behind: their failures are nobody's any more.
    for (const range of underWay) range.catch(() => undefined)
  }
}
