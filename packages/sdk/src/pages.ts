/** Items of a list, page after page, until a page is not full. Items that are created meanwhile may or may not come. */
export async function* everyPage<T>(
  fetchPage: (page: number, perPage: number) => Promise<readonly T[]>,
  perPage = 100,
): AsyncGenerator<T, void, undefined> {
  for (let page = 1; ; page += 1) {
    const items = await fetchPage(page, perPage)
    yield* items
    if (items.length < perPage) return
  }
}
