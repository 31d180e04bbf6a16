import { withParameter } from '../draft.ts'
import { withHeader, type Auth } from './auth.ts'

/** A fixed key in a header or a query parameter. */
export function apiKey(mode: 'HEADER' | 'URL_PARAMETER', name: string, value: string): Auth {
  return {
    sign: (draft) => (mode === 'URL_PARAMETER' ? withParameter(draft, name, value) : withHeader(draft, name, value)),
  }
}
