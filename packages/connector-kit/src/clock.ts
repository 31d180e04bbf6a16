import { setTimeout } from 'node:timers/promises'

/** Time and chance, so that tests need not wait for either. */
export interface Clock {
  /** Milliseconds that only grow; the origin means nothing. */
  now(): number
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** From 0 up to, and without, 1. */
  random(): number
}

/** `setTimeout` fires at once for anything longer. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted()
    for (let left = ms; left > 0; left -= longestTimerMs) {
      try {
        await setTimeout(Math.min(left, longestTimerMs), undefined, signal === undefined ? {} : { signal })
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      }
    }
  },
  random: () => Math.random(),
}
