import type { Page } from '../page.ts'
import { cursorText, type Iteration, type State } from './iteration.ts'
import { linkHeader, nextLink } from './link-header.ts'
import { pagingIncrementing } from './paging-incrementing.ts'
import { pagingIncrementingOffset } from './paging-incrementing-offset.ts'
import { isUrl, likelyParams, pagingNextToken } from './paging-next-token.ts'
import { pagingNextUrl } from './paging-next-url.ts'
import { staticUrl } from './static-url.ts'

/** Hints of the config; all may be missing. */
export interface AutoHints {
  readonly page_param?: string | undefined
  readonly offset_param?: string | undefined
  readonly start_page?: number | string | undefined
  readonly page_size?: number | string | undefined
}

const holders = [
  '',
  'meta.',
  'pagination.',
  'paging.',
  'page_info.',
  'pageInfo.',
  'links.',
  '_links.',
  'response_metadata.',
  '_metadata.',
]
const urlFields = [
  'next',
  'next.href',
  'next_url',
  'nextUrl',
  'next_page_url',
  'nextLink',
  'next_page',
  'nextPage',
  '@odata\\.nextLink',
]
const tokenFields = [
  'next_cursor',
  'nextCursor',
  'next_page_token',
  'nextPageToken',
  'next_token',
  'nextToken',
  'endCursor',
  'end_cursor',
  'after',
  'cursors.after',
  'cursor',
  'next_page',
  'nextPage',
  'next',
  'continuation',
  'scroll_id',
]

/** What an answer reveals about its pagination. */
export type Recognised =
  | { readonly kind: 'link_header' }
  | { readonly kind: 'next_url'; readonly path: string }
  | { readonly kind: 'cursor'; readonly path: string }
  | { readonly kind: 'page'; readonly param: string }
  | { readonly kind: 'offset'; readonly param: string }
  | { readonly kind: 'none' }

/** Recognises the pagination by the first answer: links before cursors before numbered pages. What it chose is part of the state. */
export function auto(hints: AutoHints): Iteration {
  const chosen = (state: State): Iteration => {
    const known = state['auto'] as unknown as Recognised | undefined
    return known === undefined ? staticUrl() : strategyOf(known, hints)
  }
  const carry = (state: State, known: Recognised): State => ({ ...state, auto: known as unknown as State })
  return {
    missingIsEnd: true,
    param: 'recognised',
    candidates: (state) => chosen(state).candidates?.(state) ?? [],
    first: () => ({}),
    request: (draft, state, scope) => {
      const known = state['auto'] as unknown as Recognised | undefined
      return known === undefined ? draft : chosen(state).request(draft, state, scope)
    },
    next: async (page, state) => {
      const known = (state['auto'] as unknown as Recognised | undefined) ?? recognise(page, hints)
      const strategy = strategyOf(known, hints)
      const next = await strategy.next(page, state['auto'] === undefined ? startOf(known, hints) : state)
      return 'end' in next ? { end: `${describe(known)} ${next.end}` } : { state: carry(next.state, known) }
    },
  }
}

/** What was recognised, for the log. */
export function describe(known: Recognised): string {
  switch (known.kind) {
    case 'link_header':
      return 'Recognised pagination: the Link header.'
    case 'next_url':
      return `Recognised pagination: the URL at "${known.path}".`
    case 'cursor':
      return `Recognised pagination: the cursor at "${known.path}".`
    case 'page':
      return `Recognised pagination: numbered pages in "${known.param}".`
    case 'offset':
      return `Recognised pagination: offsets in "${known.param}".`
    case 'none':
      return 'Recognised no pagination: the answer says nothing of further pages.'
  }
}

export function recognise(page: Page, hints: AutoHints): Recognised {
  if (nextLink(page.headers['link']) !== null) return { kind: 'link_header' }
  for (const path of paths(urlFields)) {
    const text = cursorText(safely(page, path))
    if (text !== null && isUrl(text)) return { kind: 'next_url', path }
  }
  for (const path of paths(tokenFields)) {
    const value = safely(page, path)
    if (typeof value === 'object' || typeof value === 'boolean') continue
    if (cursorText(value) !== null) return { kind: 'cursor', path }
  }
  const { searchParams } = page.draft.url
  const offset = hints.offset_param ?? ['offset', 'skip', 'start', 'startAt'].find((name) => searchParams.has(name))
  if (offset !== undefined) return { kind: 'offset', param: offset }
  const number = hints.page_param ?? ['page', 'page_number', 'pageNumber', 'p'].find((name) => searchParams.has(name))
  if (number !== undefined) return { kind: 'page', param: number }
  const told = ['page', 'current_page', 'currentPage', 'page_number'].flatMap((name) => paths([name]))
  if (told.some((path) => typeof safely(page, path) === 'number')) return { kind: 'page', param: 'page' }
  if (paths(['offset', 'skip']).some((path) => typeof safely(page, path) === 'number'))
    return { kind: 'offset', param: 'offset' }
  return { kind: 'none' }
}

function paths(fields: readonly string[]): readonly string[] {
  return holders.flatMap((holder) =>
    fields.map((field) => (field.startsWith('@') ? `$['${field.replaceAll('\\', '')}']` : `${holder}${field}`)),
  )
}

/** Only JSON and headers reveal anything. */
function safely(page: Page, path: string): unknown {
  return page.shape.format === 'json' ? page.value(path) : undefined
}

function strategyOf(known: Recognised, hints: AutoHints): Iteration {
  const expected = hints.page_size === undefined ? undefined : Number(hints.page_size)
  const numbered = { start: Number(hints.start_page ?? 1), end: undefined, size: undefined, expected }
  switch (known.kind) {
    case 'link_header':
      return linkHeader()
    case 'next_url':
      return pagingNextUrl(known.path, undefined)
    case 'cursor':
      return pagingNextToken({ path: known.path, params: likelyParams(known.path), end: undefined })
    case 'page':
      return pagingIncrementing({ ...numbered, param: known.param })
    case 'offset':
      return pagingIncrementingOffset({ ...numbered, param: known.param, start: 0 })
    case 'none':
      return staticUrl()
  }
}

/** Where the first request stood, which was made before anything was known. */
function startOf(known: Recognised, hints: AutoHints): State {
  if (known.kind === 'page') return { page: Number(hints.start_page ?? 1) }
  return known.kind === 'offset' ? { offset: 0 } : {}
}
