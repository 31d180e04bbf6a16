import { fill } from '../templates.ts'
import { withVariable } from './graphql-variables.ts'
import { cursorText, type Iteration } from './iteration.ts'

export interface GraphqlCursorOptions {
  readonly name: string
  readonly path: string
  /** `stepKey.path`: where the first cursor comes from. */
  readonly first: string | undefined
}

/** A cursor variable until the answer has none, or `hasNextPage` beside it is false. */
export function graphqlCursor({ name, path, first }: GraphqlCursorOptions): Iteration {
  const moreAt = /endCursor['"\]]*$/.test(path) ? path.replace(/endCursor(['"\]]*)$/, 'hasNextPage$1') : null
  return {
    param: name,
    first: (scope) =>
      first === undefined
        ? {}
        : { cursor: fill(`{${first.startsWith('step') ? first : `step_${first}`}}`, scope, 'graphql.cursor.template') },
    request: (draft, state) =>
      withVariable(draft, name, state['cursor'] === undefined ? null : String(state['cursor'])),
    next: (page) => {
      if (moreAt !== null && page.value(moreAt) === false)
        return { end: 'The service says that there is no next page.' }
      const cursor = cursorText(page.value(path))
      return cursor === null ? { end: 'The service gave no further cursor.' } : { state: { cursor } }
    },
  }
}
