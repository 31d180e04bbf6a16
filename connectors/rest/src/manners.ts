import { RateLimiter, type Clock, type Fault } from '@leat/connector-kit'

/** Pace of the requests of one credential. */
export interface Manners {
  /** Resolves when one request may be made. */
  turn(signal: AbortSignal): Promise<void>
  /** Takes in what an answer says about the limits of the service. */
  learn(headers: Readonly<Record<string, string | undefined>>): void
  /** A request was refused; what the service asked for holds for all others as well. */
  refused(fault: Fault): void
}

const unlimited = 1e9

/** The pace within this process. */
export function localManners(perSecond: number | undefined, clock?: Clock): Manners {
  const limiter = new RateLimiter(
    { perSecond: perSecond ?? unlimited, burst: Math.max(1, Math.min(perSecond ?? unlimited, 10)) },
    clock,
  )
  return {
    turn: (signal) => limiter.take('', signal),
    learn: (headers) => limiter.learn('', headers),
    refused: (fault) => {
      if (fault.retryAfterMs !== undefined)
        limiter.learn('', { 'retry-after': String(Math.ceil(fault.retryAfterMs / 1000)) })
    },
  }
}
