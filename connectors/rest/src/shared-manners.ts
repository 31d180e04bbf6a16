import { setTimeout as pause } from 'node:timers/promises'
import { quietTimeMs, type SharedState } from '@leat/connector-kit'
import type { Manners } from './manners.ts'

/** How long a process goes on without looking at what the others have learned. */
const lookAgainMs = 1_000
const sameMomentMs = 100
/** Turns that a process takes at once, as seconds of the pace: fewer questions to the shared state. */
const batchSeconds = 0.5

/** The pace of a credential over all workers: turns are handed out from one shared clock, and a silence that one was asked for holds for all. */
export function sharedManners(local: Manners, shared: SharedState, perSecond: number | undefined): Manners {
  let turns: number[] = []
  let quietUntil = 0
  let lookedAt = 0
  let reserving: Promise<void> | null = null

  const reserve = async (rate: number): Promise<void> => {
    const count = Math.max(1, Math.ceil(rate * batchSeconds))
    let start = 0
    const state = await shared.change(async (before) => {
      start = Math.max(Date.now(), Number(before?.['next'] ?? 0), Number(before?.['quiet_until'] ?? 0))
      return { ...before, next: start + (count / rate) * 1000 }
    })
    quietUntil = Number(state['quiet_until'] ?? 0)
    lookedAt = Date.now()
    turns = Array.from({ length: count }, (_, index) => start + (index / rate) * 1000)
  }

  const look = async (): Promise<void> => {
    if (Date.now() - lookedAt < lookAgainMs) return
    lookedAt = Date.now()
    quietUntil = Number((await shared.read())?.['quiet_until'] ?? 0)
  }

  /** Tells the others. Whoever cannot still keeps quiet itself. */
  const keepQuiet = (ms: number): void => {
    const until = Date.now() + ms
    // Within a window of the service each answer names the same moment: once is enough.
    if (until < quietUntil + sameMomentMs) return
    quietUntil = until
    void shared
      .change(async (before) => ({ ...before, quiet_until: Math.max(until, Number(before?.['quiet_until'] ?? 0)) }))
      .catch(() => undefined)
  }

  return {
    async turn(signal) {
      await local.turn(signal)
      let at = 0
      if (perSecond === undefined) await look()
      else {
        while (turns.length === 0) await (reserving ??= reserve(perSecond).finally(() => (reserving = null)))
        at = turns.shift() ?? 0
      }
      const wait = Math.max(at, quietUntil) - Date.now()
      if (wait > 0) await pause(wait, undefined, { signal })
    },
    learn(headers) {
      local.learn(headers)
      const ms = quietTimeMs(headers)
      if (ms > 0) keepQuiet(ms)
    },
    refused(fault) {
      local.refused(fault)
      if (fault.retryAfterMs !== undefined) keepQuiet(fault.retryAfterMs)
    },
  }
}
