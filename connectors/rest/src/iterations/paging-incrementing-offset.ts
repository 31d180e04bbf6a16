import { withParameter } from '../draft.ts'
import type { Iteration } from './iteration.ts'
import { fullOf, shortPage, withSize, type PageOptions } from './paging-incrementing.ts'

/** Offsets until a page is empty. The offset grows by the records that came, not by those that were asked for: a service may cut the size. */
export function pagingIncrementingOffset(options: PageOptions): Iteration {
  const { param, start, end } = options
  return {
    param,
    missingIsEnd: true,
    first: () => ({ offset: start }),
    request: (draft, state) => withSize(withParameter(draft, param, String(state['offset'])), options.size),
    next: (page, state) => {
      const offset = Number(state['offset'])
      if (page.count === 0) return { end: `There is nothing at offset ${offset}.` }
      const next = offset + page.count
      if (end !== undefined && next > end) return { end: `Offset ${end} is the last that was asked for.` }
      return (
        shortPage(page.count, state, options.expected) ?? { state: { offset: next, full: fullOf(page.count, state) } }
      )
    },
    ahead: (state) => {
      const full = Number(state['full'] ?? 0)
      const next = Number(state['offset']) + full
      return full === 0 || (end !== undefined && next > end) ? null : { ...state, offset: next }
    },
  }
}
