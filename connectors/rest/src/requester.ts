import { retry, type Clock } from '@leat/connector-kit'
import type { HttpClient, HttpResponse } from '@leat/connector-kit/http'
import type { Auth } from './auth/auth.ts'
import type { Draft } from './draft.ts'
import { Page } from './page.ts'
import type { RecordShape } from './record-shape.ts'
import type { Concealment } from './source/concealment.ts'
import type { Manners } from './manners.ts'

export interface RequesterSettings {
  readonly client: HttpClient
  readonly auth: Auth
  readonly manners: Manners
  readonly concealment: Concealment
  /** Headers of the credential, for every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly clock?: Clock
}

export interface SendOptions {
  readonly signal: AbortSignal
  /** Statuses that are answers, not faults, beside 2xx. */
  readonly accept?: readonly number[]
  /** Longest silence within the answer (default a minute). */
  readonly idleTimeoutMs?: number
}

/** Sends requests as the service wants it: signed, at its pace, again when that makes sense. */
export class Requester {
  readonly #settings: RequesterSettings
  /** The service has taken a request with this credential before. */
  #accepted = false

  constructor(settings: RequesterSettings) {
    this.#settings = settings
  }

  /** One answer, whole. Throws the faults of the kit (`http.*`, `network.*`). */
  async page(draft: Draft, shape: RecordShape, options: SendOptions): Promise<Page> {
    return this.#attempts(draft, options, async (response) => {
      const { status, headers } = response
      const body = await (status === 204 || status === 304 ? nothing(response) : response.bytes())
      return new Page({ status, headers, body, draft, label: this.label(draft), shape: shapeOf(shape, headers) })
    })
  }

  /** The body of an answer, piece by piece: nothing is kept in memory. A stream that breaks off is a fault of its reader. */
  async *stream(draft: Draft, options: SendOptions): AsyncIterable<Uint8Array> {
    const response = await this.#attempts(draft, options, async (answer) => answer)
    yield* response.stream()
  }

  /** An answer whose body is still to come: it must be read or discarded. */
  async open(draft: Draft, options: SendOptions): Promise<HttpResponse> {
    return this.#attempts(draft, options, async (response) => response)
  }

  /** Method and address as a person may see them. */
  label(draft: Draft): string {
    return this.#settings.concealment.mask(`${draft.method} ${readable(draft.url.href)}`)
  }

  async #attempts<T>(draft: Draft, options: SendOptions, take: (response: HttpResponse) => Promise<T>): Promise<T> {
    const { auth, manners, clock } = this.#settings
    let renewals = 0
    const once = async (): Promise<T> => {
      await manners.turn(options.signal)
      const signed = await this.#sign(draft, options.signal)
      // A token that worked may end for others too, even while the new one is on its way; one that never did is wrong.
      const renewable = renewals < (this.#accepted ? 5 : 1)
      const response = await this.#send(signed, options, renewable ? [401] : [])
      manners.learn(response.headers)
      if (response.status !== 401 || options.accept?.includes(401) === true) {
        this.#accepted = true
        return take(response)
      }
      await response.discard()
      renewals += 1
      await auth.renew?.(signed, options.signal)
      return once()
    }
    return retry(once, {
      signal: options.signal,
      ...(clock === undefined ? {} : { clock }),
      onRetry: (fault) => manners.refused(fault),
    })
  }

  async #sign(draft: Draft, signal: AbortSignal): Promise<Draft> {
    const { auth, headers } = this.#settings
    return draft.foreign === true ? draft : auth.sign(withDefaults(draft, headers), signal)
  }

  async #send(
    signed: Draft,
    { signal, accept = [], idleTimeoutMs }: SendOptions,
    more: readonly number[],
  ): Promise<HttpResponse> {
    return this.#settings.client.request({
      method: signed.method,
      url: signed.url,
      headers: signed.headers,
      ...(signed.body === undefined ? {} : { body: signed.body }),
      signal,
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
      accept: [...accept, ...more],
    })
  }
}

/** A URL as a person reads it; an encoded percent sign stays one, so that it can be told what was asked for. Services give URLs in other encodings, too. */
function readable(href: string): string {
  try {
    return decodeURI(href.replaceAll('%25', '%2525'))
  } catch {
    return href
  }
}

/** Of an answer that has no body by its status. */
async function nothing(response: HttpResponse): Promise<Buffer> {
  await response.discard()
  return Buffer.alloc(0)
}

function withDefaults(draft: Draft, headers: Readonly<Record<string, string>>): Draft {
  return { ...draft, headers: { ...headers, ...draft.headers } }
}

/** Without a format in the config, the content type decides. */
function shapeOf(shape: RecordShape, headers: Readonly<Record<string, string | undefined>>): RecordShape {
  if (!shape.guess || shape.format !== 'json') return shape
  const type = headers['content-type'] ?? ''
  if (/[/+]xml\b/i.test(type)) return { ...shape, format: 'xml' }
  if (/text\/csv|tab-separated/i.test(type))
    return { ...shape, format: 'file', fileFormat: /tab/i.test(type) ? 'tsv' : 'csv' }
  return /ndjson|json-?lines|jsonl/i.test(type) ? { ...shape, format: 'file', fileFormat: 'ndjson' } : shape
}
