import { systemClock, type Clock } from './clock.ts'
import { parseRetryAfter } from './retry-after.ts'

export interface RateLimit {
  readonly perSecond: number
  /** Calls that may come at once after a quiet time; at least 1. */
  readonly burst: number
}

interface Bucket {
  tokens: number
  filledAt: number
  /** The remote side asked for silence until then. */
  quietUntil: number
  /** Settles when the last one in the queue has had its turn. */
  tail: Promise<void>
  /** Callers in the queue. */
  waiting: number
}

/**
 * A token bucket per key (a host, an account): callers wait their turn in the order in which they came. What the answers of the
 * remote side say about its own limits slows it down further, never up.
 */
export class RateLimiter {
  readonly #limit: RateLimit
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()

  constructor(limit: RateLimit, clock: Clock = systemClock) {
    this.#limit = { perSecond: limit.perSecond, burst: Math.max(1, limit.burst) }
    this.#clock = clock
  }

  /** Resolves when one call may be made; rejects with the signal's reason when it is aborted, and then has taken nothing. */
  async take(key: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const bucket = this.#bucket(key)
    if (bucket.waiting === 0 && this.#waitMs(bucket) === 0) {
      bucket.tokens -= 1
      return
    }
    const turn = bucket.tail
    bucket.waiting++
    const done = Promise.withResolvers<void>()
    bucket.tail = done.promise
    try {
      await (signal === undefined ? turn : orAborted(turn, signal))
      for (let wait = this.#waitMs(bucket); wait > 0; wait = this.#waitMs(bucket)) await this.#clock.sleep(wait, signal)
      bucket.tokens -= 1
    } finally {
      void turn.then(() => {
        bucket.waiting--
        done.resolve()
      })
    }
  }

  /** Reads `Retry-After` and the `RateLimit` headers of an answer, and keeps quiet as long as they say. */
  learn(key: string, headers: Readonly<Record<string, string | undefined>>, now: number = Date.now()): void {
    const quietMs = quietTimeMs(headers, now)
    if (quietMs === 0) return
    const bucket = this.#bucket(key)
    bucket.quietUntil = Math.max(bucket.quietUntil, this.#clock.now() + quietMs)
  }

  #bucket(key: string): Bucket {
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      const [tokens, filledAt] = [this.#limit.burst, this.#clock.now()]
      bucket = { tokens, filledAt, quietUntil: 0, tail: Promise.resolve(), waiting: 0 }
      this.#buckets.set(key, bucket)
    }
    return bucket
  }

  #waitMs(bucket: Bucket): number {
    const now = this.#clock.now()
    const { perSecond, burst } = this.#limit
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond)
    bucket.filledAt = now
    const missing = bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) / perSecond) * 1000
    // Rounded up: a token that is there "almost" would make another round with a wait of nothing.
    return Math.ceil(Math.max(missing, bucket.quietUntil - now, 0))
  }
}

/** Without one of these an answer says nothing about limits: most do not. */
const tellingHeaders = [
  'retry-after',
  'ratelimit',
  'ratelimit-remaining',
  'x-ratelimit-remaining',
  'x-rate-limit-remaining',
] as const

/** How long an answer asks callers to stay away: 0 when it does not. */
export function quietTimeMs(headers: Readonly<Record<string, string | undefined>>, now: number = Date.now()): number {
  if (!tellingHeaders.some((name) => headers[name] !== undefined)) return 0
  const asked = parseRetryAfter(headers['retry-after'], now) ?? 0
  const { remaining, reset } = limitHeaders(headers)
  if (remaining === undefined || remaining > 0 || reset === undefined) return asked
  // Some send seconds from now, others the time of day in seconds or milliseconds: a limit does not last for years.
  const resetMs = reset > 1e12 ? reset - now : reset > 1e9 ? reset * 1000 - now : reset * 1000
  return Math.max(asked, resetMs)
}

/** `RateLimit: limit=10, remaining=0, reset=5`, `RateLimit-Remaining`, `X-RateLimit-Remaining` and their resets. */
function limitHeaders(headers: Readonly<Record<string, string | undefined>>): {
  remaining: number | undefined
  reset: number | undefined
} {
  const combined = tightest(headers['ratelimit'] ?? '')
  const first = (...texts: (string | undefined)[]) => texts.map(Number).find((value) => Number.isFinite(value))
  return {
    remaining: first(
      combined['remaining'],
      combined['r'],
      headers['ratelimit-remaining'],
      headers['x-ratelimit-remaining'],
      headers['x-rate-limit-remaining'],
    ),
    reset: first(
      combined['reset'],
      combined['t'],
      headers['ratelimit-reset'],
      headers['x-ratelimit-reset'],
      headers['x-rate-limit-reset'],
    ),
  }
}

type Members = Readonly<Record<string, string | undefined>>

/**
 * The members of a `RateLimit` header. One with several policies (`"burst";r=9;t=5, "daily";r=0;t=600`) counts as the one that is used up, and of several
 * such as the one that lasts longest.
 */
function tightest(header: string): Members {
  const members = (text: string): Members =>
    Object.fromEntries(text.split(/[,;]/).map((pair) => pair.trim().split('=')))
  if (!/;\s*[rt]=/.test(header)) return members(header)
  const policies = header.split(',').map(members)
  const left = ({ r }: Members): number => Number(r ?? Number.NaN)
  const lasts = ({ t }: Members): number => Number(t ?? 0)
  const empty = policies.filter((policy) => left(policy) <= 0).toSorted((one, two) => lasts(two) - lasts(one))
  return empty[0] ?? policies.find((policy) => !Number.isNaN(left(policy))) ?? {}
}

async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
