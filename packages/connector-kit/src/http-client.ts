import { Agent, request as undiciRequest, type Dispatcher } from 'undici'
import { Fault } from './faults.ts'
import { HttpResponse } from './http-response.ts'
import { statusFault } from './http-faults.ts'
import { networkPolicy, refuse } from './network/network-policy.ts'
import { guardSockets } from './network/socket-guard.ts'
import { networkFault } from './network-faults.ts'
import { redact } from './secrets.ts'

export interface HttpClientOptions {
  /** Sent with every request; to another origin only the harmless ones (`accept`, `user-agent` …). */
  readonly headers?: Readonly<Record<string, string>>
  /** Values that must not appear in faults, whatever the service answers. */
  readonly secrets?: readonly string[] | (() => readonly string[])
  /** Time for DNS, TCP and TLS. */
  readonly connectTimeoutMs?: number
  /** Time until the answer begins. */
  readonly headersTimeoutMs?: number
  /** Time between two pieces of a body. */
  readonly idleTimeoutMs?: number
  /** Bytes, after decompression, that `bytes`, `text` and `json` accept. Streams have no limit of their own. */
  readonly maxBodyBytes?: number
  readonly maxRedirects?: number
  /** Connections to one origin. */
  readonly connections?: number
  /** Client certificate, and whether any certificate of the server is taken (only for test systems). */
  readonly tls?: { readonly pfx?: Buffer; readonly passphrase?: string; readonly rejectUnauthorized?: boolean }
}

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string | URL
  /** Added to the query of the URL; lists repeat the key. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Sent as `application/json`. */
  readonly json?: unknown
  readonly signal?: AbortSignal
  /** Time for everything, the body included. None unless given. */
  readonly timeoutMs?: number
  /** Instead of the client's: longest time between two pieces of the body; 0: none. */
  readonly idleTimeoutMs?: number
  /** Statuses that are answers, not faults, beside 2xx. */
  readonly accept?: readonly number[]
}

const defaults = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  maxBodyBytes: 64 * 1024 * 1024,
  maxRedirects: 5,
  connections: 16,
} as const

const harmlessHeaders = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'user-agent'])
const excerptBytes = 2_048

/**
 * HTTP as connectors need it: connections are reused, every wait has an end, and each failure is a `Fault` that says whether to try again.
 * It does not retry by itself: wrap calls in `retry`, because only the caller knows what is safe to repeat. Dispose it to close its sockets.
 */
export class HttpClient implements AsyncDisposable {
  readonly #options: HttpClientOptions & typeof defaults
  readonly #agent: Agent

  constructor(options: HttpClientOptions = {}) {
    this.#options = { ...defaults, ...options } as HttpClientOptions & typeof defaults
    const { connectTimeoutMs, connections, tls } = this.#options
    guardSockets()
    this.#agent = new Agent({
      connections,
      connect: { timeout: connectTimeoutMs, ...tls },
      keepAliveTimeout: 10_000,
    })
  }

  /**
   * Sends a request and follows redirects. Resolves when the headers are there; the body must then be read or discarded. Throws a fault for
   * a status outside 2xx that is not in `accept`, for network failures (`network.*`), and the signal's reason when it is aborted.
   */
  async request(request: HttpRequest): Promise<HttpResponse> {
    let hop = firstHop(request, this.#options.headers ?? {})
    for (let redirects = 0; ; redirects++) {
      const response = await this.#send(hop, request)
      const location = response.headers['location']
      if (!isRedirect(response.status) || location === undefined) return this.#checked(response, hop, request)
      await response.discard()
      if (redirects >= this.#options.maxRedirects)
        throw new Fault({
          kind: 'config',
          code: 'http.too_many_redirects',
          message: `${hop.where} was redirected more than ${this.#options.maxRedirects} times.`,
        })
      hop = nextHop(hop, response.status, location)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  async #send(hop: Hop, request: HttpRequest): Promise<HttpResponse> {
    // The guarded sockets refuse it too; here it costs no attempt, and the message names the URL's host.
    refuse(networkPolicy().refusalOfHost(hop.url.hostname), hop.url.hostname)
    const { headersTimeoutMs, idleTimeoutMs, maxBodyBytes } = this.#options
    const timeout = request.timeoutMs === undefined ? [] : [AbortSignal.timeout(request.timeoutMs)]
    const signals = request.signal === undefined ? timeout : [request.signal, ...timeout]
    const explain = (thrown: unknown): unknown => this.#explain(thrown, hop, request.signal)
    try {
      const answer = await undiciRequest(hop.url, {
        dispatcher: this.#agent,
        method: hop.method,
        headers: hop.headers,
        body: hop.body ?? null,
        headersTimeout: headersTimeoutMs,
        bodyTimeout: request.idleTimeoutMs ?? idleTimeoutMs,
        // A composite of a signal that lives long is not given up before that: one for each of thousands of requests slows them all down.
        ...(signals.length === 0 ? {} : { signal: signals.length === 1 ? signals[0] : AbortSignal.any(signals) }),
      })
      return new HttpResponse({
        status: answer.statusCode,
        headers: flatten(answer.headers),
        url: hop.url.href,
        stream: answer.body,
        maxBodyBytes,
        where: hop.where,
        explain,
      })
    } catch (thrown) {
      throw explain(thrown)
    }
  }

  async #checked(response: HttpResponse, hop: Hop, request: HttpRequest): Promise<HttpResponse> {
    const { status, headers } = response
    if ((status >= 200 && status < 300) || request.accept?.includes(status) === true) return response
    const excerpt = await response.excerpt(excerptBytes)
    const { secrets = [] } = this.#options
    const clean = redact(excerpt, typeof secrets === 'function' ? secrets() : secrets)
      .replaceAll(/\s+/g, ' ')
      .trim()
    throw statusFault(status, hop.where, headers, clean.length > 300 ? `${clean.slice(0, 300)}…` : clean)
  }

  /** An abort by the caller stays what it is; everything else that broke the exchange becomes a fault. */
  #explain(thrown: unknown, hop: Hop, signal: AbortSignal | undefined): unknown {
    if (thrown instanceof Fault) return thrown
    if (signal?.aborted === true) return signal.reason
    return networkFault(thrown, hop.url.host) ?? thrown
  }
}

interface Hop {
  readonly method: Dispatcher.HttpMethod
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  /** For messages: method and URL, without query and login, which may hold secrets. */
  readonly where: string
}

function firstHop(request: HttpRequest, common: Readonly<Record<string, string>>): Hop {
  const url = parseUrl(request.url)
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? (value as readonly string[]) : [String(value)])
      url.searchParams.append(key, item)
  }
  const json = request.json === undefined ? {} : { 'content-type': 'application/json' }
  const headers = lowerCase({ 'accept-encoding': 'gzip, deflate, br', ...json }, common, request.headers ?? {})
  if (url.username !== '')
    headers['authorization'] ??=
      `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`
  url.username = ''
  url.password = ''
  const body = request.json === undefined ? request.body : JSON.stringify(request.json)
  const method = request.method ?? (body === undefined ? 'GET' : 'POST')
  return { method, url, headers, body, where: whereOf(method, url) }
}

/** To another origin go neither credentials nor bodies: both may be secret, and the other side has not been chosen by anyone. */
function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = parseUrl(new URL(location, hop.url))
  url.username = ''
  url.password = ''
  const toGet = status === 303 ? hop.method !== 'HEAD' : (status === 301 || status === 302) && hop.method === 'POST'
  const method = toGet ? 'GET' : hop.method
  const body = toGet ? undefined : hop.body
  const next = { method, url, where: whereOf(method, url) }
  if (url.origin === hop.url.origin) {
    const headers =
      body === undefined
        ? Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !name.startsWith('content-')))
        : hop.headers
    return { ...next, headers, body }
  }
  if (body !== undefined) {
    const message = `${hop.where} was redirected to ${url.origin}, and its body is not sent to another host. Use the new URL in the config.`
    throw new Fault({ kind: 'config', code: 'http.redirect_refused', message })
  }
  return {
    ...next,
    headers: Object.fromEntries(Object.entries(hop.headers).filter(([name]) => harmlessHeaders.has(name))),
    body,
  }
}

function parseUrl(text: string | URL): URL {
  const url = URL.parse(String(text))
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  const shown = url === null ? 'The text given as URL' : `A URL that begins with "${url.protocol}"`
  throw new Fault({
    kind: 'config',
    code: 'http.url_invalid',
    message: `${shown} is no http or https URL.`,
    field: 'url',
  })
}

function whereOf(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

function lowerCase(...all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const lower: Record<string, string> = {}
  for (const headers of all) for (const name of Object.keys(headers)) lower[name.toLowerCase()] = headers[name]!
  return lower
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

export { HttpResponse } from './http-response.ts'
export { statusFault, statusFaults } from './http-faults.ts'
