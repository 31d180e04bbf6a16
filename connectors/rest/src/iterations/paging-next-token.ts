import { atUrl, withParameter } from '../draft.ts'
import type { Page } from '../page.ts'
import { cursorText, type Iteration, type State } from './iteration.ts'

export interface TokenOptions {
  /** JSONPath, XPath or `header:<name>` of the next token. */
  readonly path: string
  /** Parameter that carries the token. Several: they are tried in this order until the service gives another page. */
  readonly params: readonly string[]
  /** Token that ends the iteration. */
  readonly end: string | undefined
}

/**
 * The token of an answer goes into the next request. Where nobody said under which name, the usual ones are tried: a service that does not know the
 * name gives the first page again.
 */
export function pagingNextToken({ path, params, end }: TokenOptions): Iteration {
  const paramOf = (state: State): string => String(state['param'] ?? params[0] ?? 'cursor')
  return {
    get param() {
      return params.join('" or "')
    },
    candidates: () => params,
    steeredByHeader: /^header:/i.test(path),
    first: () => ({}),
    request: (draft, state) => {
      const token = state['token']
      if (token === undefined) return draft
      const text = String(token)
      return isUrl(text) ? atUrl(draft, text) : withParameter(draft, paramOf(state), text)
    },
    next: (page, state) => {
      const token = cursorText(page.value(path))
      if (token === null) return { end: 'The service gave no further cursor.' }
      if (end !== undefined && token === end) return { end: 'The service gave the last cursor that was asked for.' }
      const { param, sure } = state
      return { state: { token, ...(param === undefined ? {} : { param }), ...(sure === undefined ? {} : { sure }) } }
    },
  }
}

/** The next name to try when the one in use led to the first page again; null when all were tried or the name is known to work. */
export function otherParam(params: readonly string[], state: State): State | null {
  if (state['token'] === undefined || isUrl(String(state['token']))) return null
  const tried = state['param'] === undefined ? 0 : params.indexOf(String(state['param']))
  const next = params[tried + 1]
  return next === undefined ? null : { ...state, param: next }
}

/** Names under which services take the cursor of a field: its own, and the usual ones. */
export function likelyParams(field: string): readonly string[] {
  const name =
    field
      .replace(/^header:/i, '')
      .split(/[.[\]'"]+/)
      .filter(Boolean)
      .at(-1) ?? field
  const bare = name.replace(/^next[_-]?(?=.)/i, '')
  const plain = bare === '' ? name : `${bare[0]!.toLowerCase()}${bare.slice(1)}`
  return [...new Set([name, plain, 'cursor', 'page_token', 'after', 'page'])]
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) || /^\/[^\s]*[?/]/.test(text)
}

export function sameRecords(left: Page, right: Page): boolean {
  if (left.count !== right.count || left.count === 0) return false
  if (left.body.equals(right.body)) return true
  if (left.isXml || left.shape.format === 'file') return false
  const [one, two] = [left.envelope, right.envelope]
  if (one !== null && two !== null) return one.last.equals(two.last) && one.lines.equals(two.lines)
  // Other members of the answer may differ (times, cursors). Two records tell most pages apart.
  const same = (at: number): boolean => JSON.stringify(left.records.at(at)) === JSON.stringify(right.records.at(at))
  return same(0) && same(-1) && JSON.stringify(left.records) === JSON.stringify(right.records)
}
