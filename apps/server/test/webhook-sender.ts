import type { HookedSource } from './api-client.ts'

/** What a webhook answered. */
export interface Sent {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Headers
}

/** Sends a body as a sender of the source does. */
export async function post(
  source: Pick<HookedSource, 'hosted_url'>,
  body: string | Uint8Array<ArrayBuffer>,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const answer = await fetch(`${source.hosted_url}${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: answer.status, body: (await answer.json()) as Sent['body'], headers: answer.headers }
}

export const keyOf = (source: HookedSource): string => source.api_keys[0]!.api_key
export const withKey = (source: HookedSource): string => `?api_key=${keyOf(source)}`
