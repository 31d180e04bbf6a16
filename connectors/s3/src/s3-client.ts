import { Readable } from 'node:stream'
import { AwsV4Signer } from 'aws4fetch'
import { Agent, request, type Dispatcher } from 'undici'
import { Fault, parseRetryAfter, retry, toFault, type RetryPolicy } from '@leat/connector-kit'
import { reachFault, notS3, refusalFault, type Doing } from './faults.ts'
import { errorIn } from './s3-answers.ts'
import type { Login } from './s3-login.ts'
import type { S3Settings } from './s3-settings.ts'

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Absent: the service itself (ListBuckets). */
  readonly bucket?: string
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
  /** Longest silence before the answer begins, when it is longer than usual. */
  readonly patienceMs?: number
}

/** How long a failing service is put up with. */
export interface Patience {
  readonly retries: Partial<RetryPolicy>
  readonly silenceMs: number
}

const duringRuns: Patience = { retries: {}, silenceMs: 30_000 }
/** While a person waits; their client gives up after 10 s. */
const duringProbes: Patience = { retries: { attempts: 1 }, silenceMs: 8_000 }

export interface S3Answer {
  readonly status: number
  header(name: string): string | undefined
  text(): Promise<string>
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * Signed requests for what opendal does not do, or does not tell: pages of a listing, reasons of a failure, buckets,
 * copies, keys with characters that it signs wrongly. An answer with an error status becomes a fault.
 */
export class S3Client implements AsyncDisposable {
  readonly settings: S3Settings
  readonly #login: Login
  readonly #patience: Patience
  readonly #agent: Agent
  /** Derived signing keys, by day and region. */
  readonly #signingKeys = new Map<string, ArrayBuffer>()

  constructor(settings: S3Settings, login: Login, patience = duringRuns, agent = newAgent()) {
    this.settings = settings
    this.#login = login
    this.#patience = patience
    this.#agent = agent
  }

  /** The same client for probes: one attempt, and soon an answer. Shares and outlives nothing: dispose the original. */
  forProbes(): S3Client {
    return new S3Client(this.settings, this.#login, duringProbes, this.#agent)
  }

  /** Tries again what may pass (5xx, slow down, broken connections); a body that is a stream can be sent only once. */
  async send(wanted: S3Request): Promise<S3Answer> {
    if (typeof wanted.body === 'object') return this.#sendOnce(wanted)
    return retry(() => this.#sendOnce(wanted), { signal: wanted.signal, policy: this.#patience.retries })
  }

  async #sendOnce(wanted: S3Request): Promise<S3Answer> {
    const doing = this.doing(wanted.bucket, wanted.key)
    const answer = await this.#exchange(wanted).catch((error: unknown) => {
      throw reachFault(doing, error) ?? toFault(error)
    })
    if (answer.statusCode < 300) return answerOf(answer, doing)
    throw await refusal(doing, answer)
  }

  doing(bucket?: string, key?: string): Doing {
    const { endpoint, region } = this.settings
    return { endpoint, region, ...(bucket !== undefined && { bucket }), ...(key !== undefined && { key }) }
  }

  async #exchange(wanted: S3Request): Promise<Dispatcher.ResponseData> {
    const keys = await this.#login()
    const signer = new AwsV4Signer({
      method: wanted.method,
      url: this.#url(wanted),
      headers: { ...wanted.headers },
      ...keys,
      service: 's3',
      region: this.settings.region,
      cache: this.#signingKeys,
    })
    const { url, headers } = await signer.sign()
    const patienceMs = wanted.patienceMs ?? this.#patience.silenceMs
    return request(url, {
      method: wanted.method,
      headers: Object.fromEntries(headers),
      body: typeof wanted.body === 'object' ? Readable.from(wanted.body) : (wanted.body ?? null),
      signal: wanted.signal,
      dispatcher: this.#agent,
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
    })
  }

  #url({ bucket, key = '', query = {} }: S3Request): string {
    const { endpoint, pathStyle } = this.settings
    const base = new URL(endpoint)
    // The wildcard certificate of virtual hosts does not cover a dot in a bucket name.
    const inPath = pathStyle || bucket?.includes('.') === true
    if (bucket !== undefined && !inPath) base.host = `${bucket}.${base.host}`
    const path = [...(bucket !== undefined && inPath ? [bucket] : []), ...(key === '' ? [] : [encodeKey(key)])].join(
      '/',
    )
    const search = Object.entries(query).map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
    return `${base.origin}${base.pathname.replace(/\/$/, '')}/${path}${search.length === 0 ? '' : `?${search.join('&')}`}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

function newAgent(): Agent {
  return new Agent({ connections: 32, connect: { timeout: 5_000 }, keepAliveTimeout: 4_000 })
}

/** A key in a URL or in `x-amz-copy-source`, by the rules of Signature Version 4. */
export function encodeKey(key: string): string {
  if (key.split('/').some((part) => part === '.' || part === '..'))
    throw new Fault({
      kind: 'unsupported',
      code: 's3.key_unsupported',
      message: `The key ${key} has a part "." or "..", which no URL can carry. Rename the object.`,
    })
  return key.split('/').map(encodePart).join('/')
}

function encodePart(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function answerOf(answer: Dispatcher.ResponseData, doing: Doing): S3Answer {
  const translated = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw reachFault(doing, error) ?? toFault(error)
    })
  return {
    status: answer.statusCode,
    header: (name) => headerOf(answer, name),
    text: () => translated(answer.body.text()),
    bytes: translatedBytes(answer.body, doing),
  }
}

async function* translatedBytes(body: AsyncIterable<Uint8Array>, doing: Doing): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw reachFault(doing, error) ?? toFault(error)
  }
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name]
  return Array.isArray(value) ? value[0] : value
}

async function refusal(doing: Doing, answer: Dispatcher.ResponseData): Promise<Fault> {
  const text = await answer.body.text().catch(() => '')
  const error = errorIn(text)
  const isPlainPage = error === undefined && text !== '' && /text\/html/.test(headerOf(answer, 'content-type') ?? '')
  if (isPlainPage && answer.statusCode < 500) return notS3(doing, `an HTML page with status ${answer.statusCode}`)
  const region = error?.region ?? headerOf(answer, 'x-amz-bucket-region')
  const retryAfterMs = parseRetryAfter(headerOf(answer, 'retry-after'))
  return refusalFault(doing, {
    status: answer.statusCode,
    code: error?.code ?? '',
    ...(region && { region }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
