/** The same values; the next one is fetched while the last one is used. */
export async function* readAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let pending = source.next()
  try {
    for (;;) {
      const next = await pending
      if (next.done === true) return
      pending = source.next()
      pending.catch(() => undefined) // thrown when it is asked for
      yield next.value
    }
  } finally {
    await pending.catch(() => undefined)
    await source.return(undefined)
  }
}
