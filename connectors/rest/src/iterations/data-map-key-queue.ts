import type { JsonObject } from '@leat/connector-kit'
import type { Iteration } from './iteration.ts'

/** One request per row of the config itself, whose columns fill the macros. */
export function dataMapKeyQueue(rows: readonly JsonObject[]): Iteration {
  const rowAfter = (row: number) => (row + 1 < rows.length ? { row: row + 1 } : null)
  return {
    first: () => rowAfter(-1),
    scope: (scope, state) => ({ ...scope, row: rows[Number(state?.['row'])] ?? {} }),
    request: (draft) => draft,
    next: (_page, state) => {
      const following = rowAfter(Number(state['row']))
      return following === null ? { end: 'Every row was asked for.' } : { state: following }
    },
    ahead: (state) => rowAfter(Number(state['row'])),
    repeats: true,
  }
}
