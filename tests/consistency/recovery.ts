import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'

/** A recovery that takes longer than this is told of while it lasts. */
const slowSeconds = 20

/** Watches how long it takes until something is committed again after a kill. */
export class RecoveryWatch implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #open: number[] = []
  readonly #seconds: number[] = []
  #going = true
  #progress = ''
  readonly #watching: Promise<void>
  readonly #onSlow: (seconds: number) => Promise<void>
  #told = false

  constructor(cluster: Cluster, onSlow: (seconds: number) => Promise<void>) {
    this.#cluster = cluster
    this.#onSlow = onSlow
    this.#watching = this.#watch()
  }

  killed(): void {
    this.#open.push(performance.now())
  }

  /** Longest time from a kill to the next commit of data, and the one that half of the kills stay below. */
  get slowest(): number {
    return Math.max(0, ...this.#seconds)
  }

  get median(): number {
    return this.#seconds.toSorted((left, right) => left - right)[Math.floor(this.#seconds.length / 2)] ?? 0
  }

  /** Changes whenever something is committed. */
  get progress(): string {
    return this.#progress
  }

  /** Kills after which nothing has been committed yet. */
  get waiting(): number {
    return this.#open.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#going = false
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (this.#going) {
      const progress = await this.#read()
      if (progress !== null && progress !== this.#progress) {
        const now = performance.now()
        this.#seconds.push(...this.#open.splice(0).map((at) => (now - at) / 1000))
        this.#progress = progress
        this.#told = false
      }
      const waits = (performance.now() - (this.#open[0] ?? performance.now())) / 1000
      if (waits > slowSeconds && !this.#told) {
        this.#told = true
        await this.#onSlow(slowSeconds)
      }
      await pause(50)
    }
  }

  async #read(): Promise<string | null> {
    try {
      const { rows } = await this.#cluster.database.pool.query(
        `select (select coalesce(sum(next_seq + cursor_seq), 0) from data_set)::text || '/' ||
           (select coalesce(sum(cursor_seq), 0) from data_sink)::text as progress`,
      )
      return (rows[0] as { progress: string }).progress
    } catch {
      return null // the database is away
    }
  }
}
