import { setImmediate } from 'node:timers/promises'

/** Enough to go on asking while the engine writes a segment down. */
const mostBytes = 8 << 20
const mostValues = 1_000

/**
 * The same values; later ones are fetched while an earlier one is used, up to 8 MB of them and always one. What was fetched before a failure comes
 * before it.
 */
export async function* readAhead<T>(source: AsyncGenerator<T>, sizeOf: (value: T) => number): AsyncGenerator<T> {
  const ready: T[] = []
  let bytes = 0
  let ended = false
  let failure: { readonly thrown: unknown } | null = null
  let arrived = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()
  const pump = async (): Promise<void> => {
    try {
      while (!ended) {
        const next = await source.next()
        if (next.done === true) break
        ready.push(next.value)
        bytes += sizeOf(next.value)
        arrived.resolve()
        while (!ended && (bytes >= mostBytes || ready.length >= mostValues)) await room.promise
      }
    } catch (thrown) {
      failure = { thrown }
    }
    ended = true
    arrived.resolve()
  }
  const pumping = pump()
  try {
    for (;;) {
      while (ready.length > 0) {
        const value = ready.shift()!
        bytes -= sizeOf(value)
        room.resolve()
        room = Promise.withResolvers<void>()
        yield value
      }
      if (ended) break
      await arrived.promise
      arrived = Promise.withResolvers<void>()
      // The next request leaves first (undici gives its connection two rounds of the event loop): the service works on it while this value is used.
      await setImmediate()
      await setImmediate()
    }
    if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown
  } finally {
    ended = true
    room.resolve()
    await pumping
    await source.return(undefined)
  }
}
