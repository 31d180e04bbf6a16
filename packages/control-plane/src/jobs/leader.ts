import type { Log } from '@leat/engine'
import type pg from 'pg'
import { loneClient } from '../database/lone-client.ts'

/** Any number that no other program on this database uses for an advisory lock. */
const lock = 5_206_741_190
const reconnectMs = 1000

export interface Chore {
  readonly name: string
  readonly everyMs: number
  run(): Promise<unknown>
}

/**
 * Does chores in one process of all that share a database: whoever holds the advisory lock. The lock belongs to a connection, so it is free
 * at once when the process dies. Chores must bear being done twice: a leader learns late that its connection broke.
 */
export class Leader {
  readonly #url: string
  readonly #chores: readonly Chore[]
  readonly #log: Log
  #client: pg.Client | undefined
  /** Grows when leading ends, so that a chore that is still going then is not scheduled by two leaders of one process. */
  #term = 0
  #campaigning = false
  #stopped = false
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #running = new Set<Promise<void>>()

  constructor(url: string, chores: readonly Chore[], log: Log) {
    this.#url = url
    this.#chores = chores
    this.#log = log
  }

  async start(): Promise<void> {
    await this.#campaign()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#resign()
    await Promise.all(this.#running)
    await this.#client?.end().catch(() => undefined)
  }

  async #campaign(): Promise<void> {
    if (this.#stopped || this.#campaigning) return
    this.#campaigning = true
    try {
      this.#client ??= await this.#connect()
      const { rows } = await this.#client.query<{ leads: boolean }>('select pg_try_advisory_lock($1) as leads', [lock])
      if (rows[0]?.leads) return this.#lead()
    } catch (error) {
      this.#lose()
      this.#log('debug', 'leader election failed', { error: String(error) })
    } finally {
      this.#campaigning = false
    }
    this.#campaignLater()
  }

  #campaignLater(): void {
    clearTimeout(this.#timers.get('campaign'))
    if (!this.#stopped)
      this.#timers.set(
        'campaign',
        setTimeout(() => void this.#campaign(), reconnectMs),
      )
  }

  async #connect(): Promise<pg.Client> {
    const client = loneClient(this.#url, 'leat leader')
    const lost = (): void => {
      if (this.#client !== client || this.#stopped) return
      this.#lose()
      this.#campaignLater()
    }
    client.on('error', lost)
    client.on('end', lost)
    await client.connect()
    return client
  }

  #lead(): void {
    if (this.#stopped) return
    clearTimeout(this.#timers.get('campaign'))
    this.#log('debug', 'leader elected')
    for (const chore of this.#chores) this.#schedule(chore, 0, this.#term)
  }

  #schedule(chore: Chore, delayMs: number, term: number): void {
    if (term !== this.#term) return
    this.#timers.set(
      chore.name,
      setTimeout(() => void this.#track(this.#perform(chore, term)), delayMs),
    )
  }

  async #perform(chore: Chore, term: number): Promise<void> {
    try {
      await chore.run()
    } catch (error) {
      this.#log('warn', 'chore failed', { chore: chore.name, error: String(error) })
    }
    this.#schedule(chore, chore.everyMs, term)
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#running.add(work)
    await work
    this.#running.delete(work)
  }

  #lose(): void {
    this.#resign()
    const client = this.#client
    this.#client = undefined
    void client?.end().catch(() => undefined)
  }

  #resign(): void {
    this.#term++
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
