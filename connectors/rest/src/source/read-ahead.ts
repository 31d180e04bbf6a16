/** The same values; up to `depth` of them are fetched while an earlier one is used. What was fetched before a failure comes before it. */
export async function* readAhead<T>(source: AsyncGenerator<T>, depth = 12): AsyncGenerator<T> {
  const ready: T[] = []
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
        arrived.resolve()
        if (ready.length >= depth) await room.promise
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
        room.resolve()
        room = Promise.withResolvers<void>()
        yield value
      }
      if (ended) break
      await arrived.promise
      arrived = Promise.withResolvers<void>()
    }
    if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown
  } finally {
    ended = true
    room.resolve()
    await pumping
    await source.return(undefined)
  }
}
