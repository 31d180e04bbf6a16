import type { Fault } from '@leat/connector-kit'

const firstSeconds = 1
const longestSeconds = 300
/** What cannot be reached, or breaks off, may be back at any moment, and asking costs next to nothing: whoever mends it should not have to wait. */
const longestTransientSeconds = 30

/** Tries of a run (or of the same place in it) until it fails for good; progress starts the count again. `transient`: for about 20 minutes. */
export const attemptLimits = { transient: 44, bug: 3 } as const

/** How often a worker may die on the same job until the job, not the worker, is taken to be the reason. */
export const crashLimit = 3

/** Long enough for a late worker to see that it has lost its job, so that two do not fence each other out in turn. */
export const fencedRetrySeconds = 0.5

/**
 * Seconds until the next try: 1, 2, 4 … 30 for what can pass at any moment, 300 for everything else, with ±25 % jitter (so that sources that failed
 * together do not return together), and never before what the remote asked for. `attempt` is the number of the try that failed, from 1.
 */
export function backoffSeconds(fault: Fault, attempt: number, random: () => number = Math.random): number {
  const longest = fault.kind === 'transient' ? longestTransientSeconds : longestSeconds
  const exponential = Math.min(longest, firstSeconds * 2 ** Math.min(attempt - 1, 16))
  const jittered = exponential * (0.75 + random() / 2)
  return Math.max(jittered, (fault.retryAfterMs ?? 0) / 1000)
}
