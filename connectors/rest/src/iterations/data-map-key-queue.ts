import type { JsonObject } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import type { Iteration } from './iteration.ts'

/** One request per row of a lookup (its id, or the rows themselves), whose columns fill the macros. The rows are read once, when the step begins. */
export function dataMapKeyQueue(step: string, from: number | readonly JsonObject[]): Iteration {
  let rows: readonly JsonObject[] = []
  return {
    async open(scope) {
      if (typeof from !== 'number') rows = from
      else if (scope.lookup !== undefined) rows = await scope.lookup(from)
      else throw restFault('lookup_unsupported', { step, id: from }, { field: 'rest.iterations' })
    },
    first: () => (rows.length === 0 ? null : { row: 0 }),
    scope: (scope, state) => ({ ...scope, row: rows[Number(state['row'])] ?? {} }),
    request: (draft) => draft,
    next: (_page, state) => {
      const row = Number(state['row']) + 1
      return row >= rows.length ? { end: 'Every key of the lookup was asked for.' } : { state: { row } }
    },
    ahead: (state) => {
      const row = Number(state['row']) + 1
      return row >= rows.length ? null : { row }
    },
    repeats: true,
  }
}
