import { setTimeout as wait } from 'node:timers/promises'
import { Fault, type JsonObject } from '@leat/connector-kit'
import type { Failure, FailurePoint } from './failure-options.ts'

/** Remembers, beyond this process where it can, how often a failure with an id has happened. */
export interface FailureMemory {
  /** True when the failure may happen once more; counts it before it happens. */
  spend(id: string, times: number): Promise<boolean>
}

/** What to do where a point is passed. Null: nothing special. */
export type Effect = 'truncate' | 'change' | 'wrong_size'

/** Counts how often each point was passed and makes the failures happen that are due. */
export class FailurePlan {
  readonly #failures: readonly Failure[]
  readonly #passed: Map<FailurePoint, number>
  readonly #memory: FailureMemory

  /** `passed` is shared by every connection to the same space in this process, so that "the 3rd write" counts across retries. */
  constructor(failures: readonly Failure[], passed: Map<FailurePoint, number>, memory: FailureMemory) {
    this.#failures = failures
    this.#passed = passed
    this.#memory = memory
  }

  /** A plan with these failures too, and the same counts. */
  with(options: JsonObject): FailurePlan {
    return new FailurePlan([...this.#failures, ...failuresIn(options)], this.#passed, this.#memory)
  }

  /** Throws, hangs, waits or ends the process when a failure is due; returns the effects that the caller must bring about. */
  async pass(point: FailurePoint, signal?: AbortSignal): Promise<readonly Effect[]> {
    const count = (this.#passed.get(point) ?? 0) + 1
    this.#passed.set(point, count)
    const effects: Effect[] = []
    for (const failure of this.#failures) {
      if (failure.at !== point || count < failure.nth) continue
      if (failure.id === undefined && count >= failure.nth + failure.times) continue
      if (failure.id !== undefined && !(await this.#memory.spend(failure.id, failure.times))) continue
      const effect = await happen(failure, point, signal)
      if (effect !== null) effects.push(effect)
    }
    return effects
  }
}

export function failuresIn(options: JsonObject): readonly Failure[] {
  return (options['failures'] ?? []) as unknown as readonly Failure[]
}

async function happen(failure: Failure, point: FailurePoint, signal: AbortSignal | undefined): Promise<Effect | null> {
  switch (failure.action) {
    case 'fail':
      throw new Fault({
        kind: failure.kind,
        code: failure.code,
        message: `Planned failure at ${point}.`,
        ...(failure.retry_after_ms === undefined ? {} : { retryAfterMs: failure.retry_after_ms }),
      })
    case 'exit':
      process.kill(process.pid, 'SIGKILL')
      return neverEnds()
    case 'hang':
      return neverEnds(signal)
    case 'slow':
      await wait(failure.delay_ms, undefined, signal === undefined ? {} : { signal })
      return null
    case 'truncate':
    case 'change':
    case 'wrong_size':
      return failure.action
  }
}

/** Settles only when the work is aborted. The timer keeps the process alive, as a stuck connection would. */
function neverEnds(signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const alive = setInterval(() => {}, 60_000)
    const end = () => {
      clearInterval(alive)
      reject(signal?.reason)
    }
    if (signal?.aborted === true) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
}
