import { setTimeout as pause } from 'node:timers/promises'
import type { Limits, OperationId } from '@leat/contract'
import type { Caller } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'
import { query } from '../ledger/sql.ts'
import { ApiProblem } from './problem.ts'

const classes = ['common', 'light', 'medium', 'high'] as const
type LimitClass = (typeof classes)[number]

/** Requests of one member per second and UTC day, counted over all servers. `common` counts all; the others by what a request costs. */
const limits: Record<'second' | 'day', Record<LimitClass, number>> = {
  second: { common: 2000, light: 2000, medium: 1000, high: 200 },
  day: { common: 50_000_000, light: 50_000_000, medium: 20_000_000, high: 5_000_000 },
}

const windows = { second: 1000, day: 86_400_000 } as const
const costly = /^(probe_|query_sql|get_nexset_samples|list_quarantine|upload_)/

interface Window {
  readonly index: number
  /** Of all servers, as far as this one knows: its own at once, those of others after the next exchange. */
  readonly counts: Record<LimitClass, number>
  /** Of this server, not told yet. */
  untold: Record<LimitClass, number>
}

type Span = 'second' | 'day'
const none = (): Record<LimitClass, number> => ({ common: 0, light: 0, medium: 0, high: 0 })

/** Servers tell each other what they counted this often while requests come. */
const exchangeMs = 100

/** Protects the servers from a client that went wild, and answers `/limits`. */
export class RequestLimits {
  readonly #database: Database
  readonly #members = new Map<number, Record<Span, Window>>()
  #exchange: Promise<void> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Throws a 429 with `Retry-After` when the member is over a limit. */
  count(caller: Caller, operation: OperationId, method: string): void {
    const kind: LimitClass = costly.test(operation) ? 'high' : method === 'GET' ? 'light' : 'medium'
    const member = this.#current(caller.userId)
    void this.#exchangeSoon()
    for (const span of ['second', 'day'] as const)
      for (const one of ['common', kind] as const) {
        member[span].untold[one]++
        if (++member[span].counts[one] > limits[span][one]) throw tooMany(span, one)
      }
  }

  async of(caller: Caller): Promise<Limits> {
    await this.#exchangeSoon()
    const member = this.#current(caller.userId)
    const show = (span: Span) =>
      Object.fromEntries(
        classes.map((one) => [one, { limit: limits[span][one], count: member[span].counts[one] }]),
      ) as Limits['second']
    return { second: show('second'), day: show('day') }
  }

  #current(userId: number): Record<Span, Window> {
    const known = this.#members.get(userId)
    const now = Date.now()
    const fresh = (span: Span): Window => {
      const index = Math.floor(now / windows[span])
      const before = known?.[span]
      return before?.index === index ? before : { index, counts: none(), untold: none() }
    }
    const member = { second: fresh('second'), day: fresh('day') }
    this.#members.set(userId, member)
    return member
  }

  #exchangeSoon(): Promise<void> {
    return (this.#exchange ??= pause(exchangeMs, undefined, { ref: false }).then(async () => {
      this.#exchange = undefined
      // Without the database nothing is answered anyway.
      await this.#tell().catch(() => undefined)
    }))
  }

  /** Adds what was counted here to what all servers have counted, and learns that. */
  async #tell(): Promise<void> {
    const told = [...this.#members].flatMap(([userId, member]) =>
      (['second', 'day'] as const).flatMap((span) => {
        const window = member[span]
        const untold = window.untold
        window.untold = none()
        return classes
          .filter((one) => untold[one] > 0)
          .map((one) => ({ userId, span, window, one, requests: untold[one] }))
      }),
    )
    if (told.length === 0) return
    const column = <T>(of: (row: (typeof told)[number]) => T): T[] => told.map(of)
    // In one order everywhere, so that two servers never wait for each other's rows.
    const rows = await query<{ user_id: number; span: Span; index: number; class: LimitClass; requests: number }>(
      this.#database,
      `with old as (delete from request_count where (span = 'second' and index < $6) or (span = 'day' and index < $7))
       insert into request_count as c (user_id, span, index, class, requests)
       select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[]) as t(u, s, i, c, n) order by u, s, i, c
       on conflict (user_id, span, index, class) do update set requests = c.requests + excluded.requests
       returning user_id, span, index, class, requests`,
      [
        column((row) => row.userId),
        column((row) => row.span),
        column((row) => row.window.index),
        column((row) => row.one),
        column((row) => row.requests),
        Math.floor(Date.now() / windows.second) - 60,
        Math.floor(Date.now() / windows.day) - 1,
      ],
    )
    for (const row of rows) {
      const window = this.#members.get(Number(row.user_id))?.[row.span]
      if (window?.index === Number(row.index))
        window.counts[row.class] = Number(row.requests) + window.untold[row.class]
    }
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
