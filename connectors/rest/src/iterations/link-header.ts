import { atUrl } from '../draft.ts'
import type { Iteration } from './iteration.ts'

/** The `next` relation of a Link header (RFC 8288), or the bare URL in a header of another name. */
export function linkHeader(name = 'Link'): Iteration {
  return {
    param: name,
    steeredByHeader: true,
    first: () => ({}),
    request: (draft, state) => (state['url'] === undefined ? draft : atUrl(draft, String(state['url']))),
    next: (page) => {
      const url = nextLink(page.headers[name.toLowerCase()])
      return url === null ? { end: `The ${name} header names no next page.` } : { state: { url } }
    },
  }
}

export function nextLink(header: string | undefined): string | null {
  if (header === undefined || header.trim() === '') return null
  for (const [, url, parameters] of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g))
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=\s*(?:;|$)))/i.test(parameters ?? ''))
      return url ?? null
  return /^(https?:\/\/|\/)\S+$/.test(header.trim()) ? header.trim() : null
}
