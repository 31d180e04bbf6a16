import type { JsonObject } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import type { Iteration } from './iteration.ts'

/** One request per row of a lookup, whose columns fill the macros. The rows are read once, when the step begins. */
export function dataMapKeyQueue(step: string, id: number): Iteration {
  let rows: readonly JsonObject[] = []
  return {
    async open(scope) {
      if (scope.lookup === undefined) throw restFault('lookup_unsupported', { step, id }, { field: 'rest.iterations' })
      rows = await scope.lookup(id)
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
