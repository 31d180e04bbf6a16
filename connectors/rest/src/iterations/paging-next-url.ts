import { atUrl } from '../draft.ts'
import { cursorText, type Iteration } from './iteration.ts'

/** The answer holds the URL of the next page, absolute or relative. */
export function pagingNextUrl(path: string, end: string | undefined): Iteration {
  return {
    param: path,
    first: () => ({}),
    request: (draft, state) => (state['url'] === undefined ? draft : atUrl(draft, String(state['url']))),
    next: (page) => {
      const url = cursorText(page.value(path))
      if (url === null) return { end: 'The service gave no further URL.' }
      if (end !== undefined && url === end) return { end: 'The service gave the last URL that was asked for.' }
      return { state: { url } }
    },
  }
}
