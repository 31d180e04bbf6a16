import { ConnectionError, errorOf } from './errors.ts'
import { parseJson } from './json.ts'

export interface TransportOptions {
  /** Without a slash at the end. */
  readonly base_url: string
  /** For one attempt. */
  readonly timeout_ms: number
  readonly max_retries: number
  /** First wait; it doubles with every retry. */
  readonly backoff_ms: number
  readonly fetch: typeof fetch
  readonly user_agent: string
}

export interface HttpRequest {
  /** Named in errors. */
  readonly operation: string
  readonly method: string
  /** Below the base URL, with query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | FormData
  readonly signal?: AbortSignal | undefined
  readonly timeout_ms?: number | undefined
}

const retriedStatuses = new Set([429, 502, 503, 504])
const longestWaitMs = 60_000

/**
 * Sends one request and returns the parsed body (undefined when it is empty). Retries 429, 502, 503, 504, timeouts and broken
 * connections, for every method: the server answers a repeated create with the resource of the first. Throws a `NexlaError`;
 * an aborted `signal` throws its reason.
 */
export async function send(request: HttpRequest, options: TransportOptions): Promise<unknown> {
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= options.max_retries
    const outcome = await attemptOnce(request, options)
    if ('body' in outcome) return outcome.body
    if (last || !outcome.retry) throw outcome.error
    await pause(outcome.retryAfterMs ?? backoff(attempt, options.backoff_ms), request.signal)
  }
}

type Outcome =
  { readonly body: unknown } | { readonly error: Error; readonly retry: boolean; readonly retryAfterMs?: number }

async function attemptOnce(request: HttpRequest, options: TransportOptions): Promise<Outcome> {
  const timeout = AbortSignal.timeout(request.timeout_ms ?? options.timeout_ms)
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
  const url = options.base_url + request.path
  try {
    const response = await options.fetch(url, {
      method: request.method,
      headers: {
        Accept: 'application/vnd.nexla.api.v1+json',
        'User-Agent': options.user_agent,
        ...(typeof request.body === 'string' && { 'Content-Type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body !== undefined && { body: request.body }),
      signal,
    })
    const body = readBody(await response.text())
    if (response.ok) return { body }
    const retryAfterMs = retryAfter(response.headers.get('retry-after'))
    const error = errorOf(response.status, body, {
      operation: request.operation,
      path: request.path,
      ...(retryAfterMs !== undefined && { retryAfter: Math.ceil(retryAfterMs / 1000) }),
    })
    const retry = retriedStatuses.has(response.status)
    return { error, retry, ...(retryAfterMs !== undefined && { retryAfterMs }) }
  } catch (thrown) {
    request.signal?.throwIfAborted()
    const seconds = (request.timeout_ms ?? options.timeout_ms) / 1000
    const reason = timeout.aborted ? `it did not answer within ${seconds} s` : reasonOf(thrown)
    const message = `Cannot reach ${options.base_url}: ${reason}.`
    return { error: new ConnectionError(message, { operation: request.operation, cause: thrown }), retry: true }
  }
}

function readBody(text: string): unknown {
  if (text === '') return undefined
  try {
    return parseJson(text)
  } catch {
    return { raw_text: text }
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown
  const { code, message } = cause as { code?: string; message?: string }
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND') return 'the name is not known'
  return message || code || String(cause)
}

/** Seconds or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWaitMs) : undefined
}

/** Doubles, with jitter down to a half, so that many clients do not come back together. */
function backoff(attempt: number, firstMs: number): number {
  return Math.min(firstMs * 2 ** attempt, longestWaitMs) * (0.5 + Math.random() / 2)
}

/** Waits, and rejects with the reason of `signal` when that is aborted first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
