import type { OriginRange } from '../ports.ts'

/**
 * Origins of the rows that stay when the records at `refused` (ascending, counted from the start of the stretch) are taken out: a
 * stretch is split at every gap, so each remaining row still knows its record.
 */
export function originsWithout(origins: readonly OriginRange[], refused: readonly number[]): OriginRange[] {
  const kept: OriginRange[] = []
  let next = 0
  let removed = 0
  for (const range of origins) {
    const end = range.row + range.rows
    let from = range.row
    const push = (to: number): void => {
      if (to > from)
        kept.push({
          origin: range.origin,
          row: from - removed,
          rows: to - from,
          ordinal: range.ordinal + from - range.row,
        })
    }
    while (next < refused.length && refused[next]! < end) {
      push(refused[next]!)
      from = refused[next]! + 1
      removed++
      next++
    }
    push(end)
  }
  return kept
}
