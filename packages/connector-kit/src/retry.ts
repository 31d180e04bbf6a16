import { systemClock, type Clock } from './clock.ts'
import { toFault, type Fault } from './faults.ts'

/** How often and how long. Waits grow as `baseMs * 2^n` up to `capMs`, each cut at a random point (full jitter). */
export interface RetryPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number
  readonly baseMs: number
  readonly capMs: number
  /** Time for everything, from the first call; a wait that would not fit is not begun. */
  readonly budgetMs: number
}

/** For one call to a remote system, inside one unit of work. Longer outages are left to the schedule of the run. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 5, baseMs: 200, capMs: 10_000, budgetMs: 60_000 }

export interface RetryOptions {
  readonly policy?: Partial<RetryPolicy>
  readonly signal?: AbortSignal
  readonly clock?: Clock
  /** Called before each wait, for logs and metrics. */
  readonly onRetry?: (fault: Fault, next: { readonly attempt: number; readonly waitMs: number }) => void
}

/**
 * Calls `work` until it succeeds. Only retryable faults (`transient`, `rate_limited`) are tried again, at the earliest after their
 * `retryAfterMs`. When attempts or budget are used up, the last fault is thrown as it came; a fault that asks for
 * a longer wait than the budget has is thrown at once. Work must be safe to repeat.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const policy = { ...defaultRetryPolicy, ...options.policy }
  const clock = options.clock ?? systemClock
  const { signal } = options
  const end = clock.now() + policy.budgetMs
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (thrown) {
      signal?.throwIfAborted()
      const fault = toFault(thrown)
      const waitMs = retryWaitMs(fault, attempt, policy, clock.random())
      if (!fault.retryable || attempt >= policy.attempts || clock.now() + waitMs > end) throw thrown
      options.onRetry?.(fault, { attempt: attempt + 1, waitMs })
      await clock.sleep(waitMs, signal)
    }
  }
}

/** The wait after the `attempt`-th failure. What the remote side asked for comes first; jitter on top keeps clients apart. */
export function retryWaitMs(
  fault: Fault,
  attempt: number,
  policy: Pick<RetryPolicy, 'baseMs' | 'capMs'>,
  random: number,
): number {
  const jitter = Math.round(random * Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1)))
  return fault.retryAfterMs === undefined ? jitter : fault.retryAfterMs + Math.min(jitter, policy.baseMs)
}
