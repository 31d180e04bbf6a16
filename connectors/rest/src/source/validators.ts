import { createHash } from 'node:crypto'
import type { JsonObject } from '@leat/connector-kit'
import type { Draft } from '../draft.ts'
import type { Page } from '../page.ts'
import type { Plan } from './plan.ts'

/** By what a service tells whether an answer that it gave before still holds. */
export interface Validators extends JsonObject {
  /** Of the request that was answered: what another was answered with says nothing about this one. */
  readonly request: string
  readonly etag: string | null
  readonly last_modified: string | null
}

/** A resource that changed twice within a second has the same `Last-Modified` both times (RFC 9110, 8.8.2.2). */
const settledMs = 2_000

/**
 * Whether "nothing has changed" can be asked at all: one step, whose request is the same in every run, and no page that only a header of the answer leads
 * to, because a 304 need not repeat that header.
 */
export function canAskForChanges({ steps }: Plan): boolean {
  const [step] = steps
  if (step === undefined || steps.length > 1) return false
  const { request, iteration } = step
  if (request.method !== 'GET' || iteration.repeats === true || iteration.steeredByHeader === true) return false
  return !/\$\{LAST_SUCCESS_AT\}|\{now/.test(JSON.stringify(request))
}

/** What the answer to a request can be recognised by later; null when the service says nothing. */
export function validatorsOf({ draft, status, headers }: Page): Validators | null {
  if (status !== 200) return null
  const etag = headers['etag'] ?? null
  const changed = headers['last-modified']
  const settled = Date.parse(headers['date'] ?? '') - Date.parse(changed ?? '') >= settledMs
  if (etag === null && !settled) return null
  return { request: fingerprint(draft), etag, last_modified: etag === null ? (changed ?? null) : null }
}

/** The request that is only answered in full when something has changed; null when that cannot be asked of this one. */
export function ifChanged(draft: Draft, known: Validators): Draft | null {
  if (conditions.some((name) => name in draft.headers) || known.request !== fingerprint(draft)) return null
  const { etag, last_modified: changed } = known
  const condition = {
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(changed === null ? {} : { 'if-modified-since': changed }),
  }
  return { ...draft, headers: { ...draft.headers, ...condition } }
}

const conditions = ['if-none-match', 'if-modified-since']

function fingerprint({ method, url, headers, body }: Draft): string {
  const own = Object.entries(headers)
    .filter(([name]) => !conditions.includes(name))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([method, url.href, own, body ?? null]))
    .digest('base64url')
    .slice(0, 22)
}
