import { withVariable } from './graphql-variables.ts'
import type { Iteration } from './iteration.ts'

/** A page variable that grows until a page is empty. */
export function graphqlPage(name: string, start: number): Iteration {
  return {
    param: name,
    first: () => ({ page: start }),
    request: (draft, state) => withVariable(draft, name, Number(state['page'])),
    next: (page, state) => {
      const number = Number(state['page'])
      return page.count === 0 ? { end: `Page ${number} is empty.` } : { state: { page: number + 1 } }
    },
    ahead: (state) => ({ page: Number(state['page']) + 1 }),
  }
}
