import { Fault } from '../faults.ts'

const cancelled = (signal: AbortSignal): Fault =>
  new Fault({ kind: 'cancelled', code: 'platform.cancelled', message: 'The work was cancelled.', cause: signal.reason })

/** Throws a `cancelled` fault when the signal was aborted. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal)
}

/**
 * The result of work that cannot be cancelled itself (native drivers): rejects as soon as the signal is aborted, or after
 * `idleMs` with the fault of `onIdle`. The abandoned work ends by itself; its late failure is not reported.
 */
export function within<T>(
  work: Promise<T>,
  signal: AbortSignal,
  idle?: { readonly ms: number; onIdle(): Fault },
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => settle(() => reject(cancelled(signal)))
    const timer = idle && setTimeout(() => settle(() => reject(idle.onIdle())), idle.ms)
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      if (timer !== undefined) clearTimeout(timer)
      finish()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    )
    if (signal.aborted) onAbort()
  })
}
