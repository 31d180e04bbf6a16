import type { Limits, OperationId } from '@leat/contract'
import type { Caller } from '../auth/tokens.ts'
import { ApiProblem } from './problem.ts'

const classes = ['common', 'light', 'medium', 'high'] as const
type LimitClass = (typeof classes)[number]

/** Requests of one member per second and UTC day, counted by this server. `common` counts all; the others by what a request costs. */
const limits: Record<'second' | 'day', Record<LimitClass, number>> = {
  second: { common: 2000, light: 2000, medium: 1000, high: 200 },
  day: { common: 50_000_000, light: 50_000_000, medium: 20_000_000, high: 5_000_000 },
}

const windows = { second: 1000, day: 86_400_000 } as const
const costly = /^(probe_|query_sql|get_nexset_samples|list_quarantine|upload_)/

interface Window {
  readonly index: number
  readonly counts: Record<LimitClass, number>
}

/** Protects the server from a client that went wild, and answers `/limits`. */
export class RequestLimits {
  readonly #members = new Map<number, Record<'second' | 'day', Window>>()

  /** Throws a 429 with `Retry-After` when the member is over a limit. */
  count(caller: Caller, operation: OperationId, method: string): void {
    const kind: LimitClass = costly.test(operation) ? 'high' : method === 'GET' ? 'light' : 'medium'
    const member = this.#current(caller)
    for (const window of ['second', 'day'] as const)
      for (const one of ['common', kind] as const)
        if (++member[window].counts[one] > limits[window][one]) throw tooMany(window, one)
  }

  of(caller: Caller): Limits {
    const member = this.#current(caller)
    const show = (window: 'second' | 'day') =>
      Object.fromEntries(
        classes.map((one) => [one, { limit: limits[window][one], count: member[window].counts[one] }]),
      ) as Limits['second']
    return { second: show('second'), day: show('day') }
  }

  #current(caller: Caller): Record<'second' | 'day', Window> {
    const known = this.#members.get(caller.userId)
    const now = Date.now()
    const fresh = (window: 'second' | 'day'): Window => {
      const index = Math.floor(now / windows[window])
      const before = known?.[window]
      return before?.index === index ? before : { index, counts: { common: 0, light: 0, medium: 0, high: 0 } }
    }
    const member = { second: fresh('second'), day: fresh('day') }
    this.#members.set(caller.userId, member)
    return member
  }
}

function tooMany(window: 'second' | 'day', kind: LimitClass): ApiProblem {
  const now = Date.now()
  const wait = Math.max(1, Math.ceil((windows[window] - (now % windows[window])) / 1000))
  return new ApiProblem(
    'rate_limited',
    `More than ${limits[window][kind]} ${kind} requests in one ${window}. Wait ${wait} s.`,
    { retryAfterSeconds: wait },
  )
}
