import type { Fault } from '@leat/connector-kit'

const firstSeconds = 1
const longestSeconds = 300

/** Tries of a run (or of the same place in it) until it fails for good; progress starts the count again. */
export const attemptLimits = { transient: 12, bug: 3 } as const

/** How often a worker may die on the same job until the job, not the worker, is taken to be the reason. */
export const crashLimit = 3

/** Long enough for a late worker to see that it has lost its job, so that two do not fence each other out in turn. */
export const fencedRetrySeconds = 0.5

/**
 * Seconds until the next try: 1, 2, 4 … 300 with ±25 % jitter (so that sources that failed together do not return together),
 * and never before what the remote asked for. `attempt` is the number of the try that failed, from 1.
 */
export function backoffSeconds(fault: Fault, attempt: number, random: () => number = Math.random): number {
  const exponential = Math.min(longestSeconds, firstSeconds * 2 ** Math.min(attempt - 1, 16))
  const jittered = exponential * (0.75 + random() / 2)
  return Math.max(jittered, (fault.retryAfterMs ?? 0) / 1000)
}
