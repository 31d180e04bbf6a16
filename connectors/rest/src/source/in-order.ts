/**
 * The values of `open(begin)`, `open(begin + 1)` … up to `end`, in this order; the first value of up to `parallel` of them is fetched at the same time.
 */
export async function* inOrder<T>(
  begin: number,
  end: number,
  parallel: number,
  open: (item: number) => AsyncGenerator<T>,
): AsyncGenerator<{ item: number; value: T }> {
  const running: { item: number; values: AsyncGenerator<T>; first: Promise<IteratorResult<T>> }[] = []
  let upcoming = begin
  const fill = (): void => {
    while (running.length < parallel && upcoming < end) {
      const values = open(upcoming)
      const first = values.next()
      first.catch(() => undefined) // thrown when its turn comes
      running.push({ item: upcoming++, values, first })
    }
  }
  try {
    for (fill(); running.length > 0; fill()) {
      const { item, values, first } = running[0]!
      for (let next = await first; next.done !== true; next = await values.next()) yield { item, value: next.value }
      running.shift()
    }
  } finally {
    await Promise.allSettled(running.map(({ values }) => values.return(undefined)))
  }
}
