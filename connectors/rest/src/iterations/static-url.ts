import type { Iteration } from './iteration.ts'

/** One request. */
export function staticUrl(): Iteration {
  return {
    first: () => ({}),
    request: (draft) => draft,
    next: () => ({ end: 'One request was made.' }),
  }
}
