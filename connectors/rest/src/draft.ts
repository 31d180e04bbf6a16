import { restFault } from './faults.ts'
import { fill, type Scope } from './templates.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request as its config describes it, with placeholders. */
export interface RequestTemplate {
  readonly method: Method
  readonly url: string
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Where it stands in the config, for messages. */
  readonly place: string
}

/** A request with every placeholder filled in, before it is signed. */
export interface Draft {
  readonly method: Method
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Leads to a host that the config does not name: neither credential nor own headers go there. */
  readonly foreign?: boolean
  /** The token that proves who asks, once it is signed. */
  readonly token?: string
}

export function buildDraft(template: RequestTemplate, scope: Scope): Draft {
  const { place } = template
  const url = parseUrl(fill(template.url, scope, `${place} url`, 'url'), `${place} url`)
  for (const [name, value] of template.query)
    url.searchParams.append(name, fill(value, scope, `${place} query parameter "${name}"`))
  const headers = Object.fromEntries(
    Object.entries(template.headers).map(([name, value]) => [
      name.toLowerCase(),
      fill(value, scope, `${place} header "${name}"`),
    ]),
  )
  const body =
    template.body === undefined
      ? undefined
      : fill(template.body, scope, `${place} body`, isJson(template) ? 'json' : 'plain')
  if (body !== undefined) headers['content-type'] ??= guessContentType(body)
  headers['accept'] ??= '*/*'
  return { method: template.method, url, headers, body }
}

/** The same request with a query parameter set to a value. */
export function withParameter(draft: Draft, name: string, value: string): Draft {
  const url = new URL(draft.url)
  url.searchParams.set(name, value)
  return { ...draft, url }
}

/**
 * The same request at another URL, which an answer has given. A service behind a proxy gives URLs with http that are meant with https. To another
 * host go neither body nor headers.
 */
export function atUrl(draft: Draft, address: string): Draft {
  const url = URL.parse(address, draft.url)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw restFault('url_invalid', { place: `The next URL "${address}"` })
  if (url.hostname === draft.url.hostname && draft.url.protocol === 'https:' && url.protocol === 'http:') {
    url.protocol = 'https:'
    url.port = draft.url.port
  }
  if (url.host === draft.url.host && url.protocol === draft.url.protocol) return { ...draft, url }
  const { accept = '*/*' } = draft.headers
  return { method: 'GET', url, headers: { accept }, body: undefined, foreign: true }
}

/** `h1:v1,h2:v2`, where a comma belongs to the value unless a name and a colon follow. */
export function parseHeaderList(text: string | undefined): Record<string, string> {
  if (text === undefined) return {}
  const pairs = text.split(/[,\n](?=\s*[\w-]+\s*:)/)
  return Object.fromEntries(
    pairs
      .map((pair) => [pair.slice(0, pair.indexOf(':')).trim(), pair.slice(pair.indexOf(':') + 1).trim()] as const)
      .filter(([name]) => name !== ''),
  )
}

function parseUrl(text: string, place: string): URL {
  const url = URL.parse(text.trim())
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw restFault('url_invalid', { place })
}

function isJson(template: RequestTemplate): boolean {
  const type = Object.entries(template.headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  if (type !== undefined) return /json/i.test(type)
  return /^\s*[[{]/.test(template.body ?? '')
}

function guessContentType(body: string): string {
  if (/^\s*[[{"]/.test(body)) return 'application/json'
  if (/^\s*</.test(body)) return 'application/xml'
  return /^[\w.-]+=/.test(body) ? 'application/x-www-form-urlencoded' : 'text/plain'
}
