import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/**
 * Senders of webhooks and people wait for the server; workers take what it leaves. But nobody can take a priority back: so a worker keeps the usual one
 * until its first job is done, for which it loads its engine while somebody waits for the first records of a source that was just activated.
 */
export class StepBack {
  readonly #afterMs: number
  #timer: NodeJS.Timeout | null = null
  #done = false

  /** However long the first job goes on, after `afterMs` it is a matter of bytes. */
  constructor(afterMs = 3_000) {
    this.#afterMs = afterMs
  }

  /** A job was taken, or is done. */
  job(held: boolean): void {
    if (this.#done) return
    if (held) this.#timer ??= setTimeout(() => this.#now(), this.#afterMs).unref()
    else this.#now()
  }

  #now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#done = true
    for (const thread of threads())
      try {
        setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
      } catch {
        // a thread that has just ended
      }
  }
}

/** On Linux each thread has a priority of its own, and those of DuckDB and of the pool have begun already. */
function threads(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return [process.pid]
  }
}
