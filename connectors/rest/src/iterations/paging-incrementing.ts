import { withParameter, type Draft } from '../draft.ts'
import type { Iteration, Next, State } from './iteration.ts'

export interface PageOptions {
  readonly param: string
  readonly start: number
  readonly end: number | undefined
  /** Sends the size of pages, when the service takes it. */
  readonly size: { readonly param: string; readonly value: number } | undefined
  /** Records of a full page, as the config says. */
  readonly expected: number | undefined
}

/**
 * Numbered pages until one is empty. A page with fewer records than a full one is the last, where a full one is what the first page had: a service
 * that cuts the size that was asked for gives "short" pages all the time.
 */
export function pagingIncrementing(options: PageOptions): Iteration {
  const { param, start, end } = options
  return {
    param,
    missingIsEnd: true,
    first: () => ({ page: start }),
    request: (draft, state) => withSize(withParameter(draft, param, String(state['page'])), options.size),
    next: (page, state) => {
      const number = Number(state['page'])
      if (page.count === 0) return { end: `Page ${number} is empty.` }
      if (end !== undefined && number >= end) return { end: `Page ${end} is the last that was asked for.` }
      return (
        shortPage(page.count, state, options.expected) ?? {
          state: { page: number + 1, full: fullOf(page.count, state) },
        }
      )
    },
    ahead: (state) => {
      const number = Number(state['page'])
      return end !== undefined && number >= end ? null : { ...state, page: number + 1 }
    },
  }
}

export function withSize(draft: Draft, size: PageOptions['size']): Draft {
  return size === undefined ? draft : withParameter(draft, size.param, String(size.value))
}

/** Records of the first page: what the service really gives. */
export function fullOf(count: number, state: State): number {
  return Math.max(count, Number(state['full'] ?? 0))
}

/** The end, when this page is shorter than the ones before and the config says what a full one is. */
export function shortPage(count: number, state: State, expected: number | undefined): Next | null {
  if (expected === undefined || state['full'] === undefined) return null
  const full = Math.min(expected, Number(state['full']))
  return count < full ? { end: `A page has ${count} records, a full one ${full}.` } : null
}
