import type { Draft } from '../draft.ts'
import { isRecord } from '../json-value.ts'

/** The request with a GraphQL variable set; without a value it is null. */
export function withVariable(draft: Draft, name: string, value: string | number | null): Draft {
  const parsed: unknown = JSON.parse(draft.body ?? '{}')
  const document = isRecord(parsed) ? parsed : { query: parsed }
  const variables = isRecord(document['variables']) ? document['variables'] : {}
  const body = JSON.stringify({ ...document, variables: { ...variables, [name]: value } })
  return { ...draft, body, headers: { ...draft.headers, 'content-type': 'application/json' } }
}
