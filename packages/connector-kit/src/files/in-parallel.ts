/**
 * Runs `work` on every item, at most `limit` at a time. The first failure stops new work, waits for what is under way
 * (so that nothing of it outlives the call) and is thrown.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = [...items].entries()
  let failure: { readonly error: unknown } | undefined
  const lane = async (): Promise<void> => {
    for (const [index, item] of entries) {
      if (failure !== undefined) return
      try {
        await work(item, index)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, lane))
  if (failure !== undefined) throw failure.error
}
