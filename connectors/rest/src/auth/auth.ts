import type { JsonObject } from '@leat/connector-kit'
import type { Draft } from '../draft.ts'

/** How requests prove who asks. One file per type. */
export interface Auth {
  /** The request with what proves it. Called before each attempt, as late as possible: signatures and tokens age. */
  sign(draft: Draft, signal?: AbortSignal): Promise<Draft> | Draft
  /** After a 401: something new, in place of what this request was signed with. */
  renew?(refused: Draft, signal?: AbortSignal): Promise<void>
  /** The token in use, for `${CREDENTIAL.access_token}`. */
  token?(signal?: AbortSignal): Promise<string>
  /** Secrets that did not stand in the credential, for masking. */
  secrets?(): readonly string[]
}

export type Credentials = JsonObject

export function textOf(credentials: Credentials, key: string): string | undefined {
  const value = credentials[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function withHeader(draft: Draft, name: string, value: string): Draft {
  return { ...draft, headers: { ...draft.headers, [name.toLowerCase()]: value } }
}
