/** Edits (insert, delete, replace, swap of neighbours) between two texts: optimal string alignment. */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[right.length] ?? 0
}

/** Case, dots, dashes and underscores are what people get wrong most, so they do not count. */
const fold = (text: string): string => text.toLowerCase().replaceAll(/[._\-\s]/g, '')

/**
 * The known name that a person most likely meant: the same name in another spelling, within three edits (fewer
 * for short names), or the shortest one that begins with it. Null when nothing is near.
 */
export function nearest(name: string, known: Iterable<string>): string | null {
  const wanted = fold(name)
  if (wanted === '') return null
  let best: { name: string; distance: number } | null = null
  for (const candidate of known) {
    const folded = fold(candidate)
    const prefix = startsAlike(wanted, folded)
    const distance = prefix ? Math.min(2.5, editDistance(wanted, folded)) : editDistance(wanted, folded)
    const limit = Math.min(3, Math.max(1, Math.floor(Math.max(wanted.length, folded.length) / 3)))
    if (distance > limit && !prefix) continue
    const shorter = best !== null && distance === best.distance && candidate.length < best.name.length
    if (best === null || distance < best.distance || shorter) best = { name: candidate, distance }
  }
  return best?.name ?? null
}

function startsAlike(left: string, right: string): boolean {
  const [short, long] = left.length < right.length ? [left, right] : [right, left]
  return short.length >= 3 && long.startsWith(short)
}
