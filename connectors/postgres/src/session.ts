import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { OpenSession, SqlRow } from '@leat/connector-kit/sql'
import { notCommitted, postgresFault, type LoginNames } from './faults.ts'

/** Every value as the server sent it: nothing is rounded or shifted by a parser. */
const asText = { getTypeParser: () => (value: string) => value }

/** A table that somebody else holds is reported rather than waited for without end. What the user or database has set already stays. */
const boundedLockWait = `SELECT set_config('lock_timeout', '60s', false) WHERE current_setting('lock_timeout') = '0'`

export interface QueryField {
  readonly name: string
  readonly typeId: number
  readonly modifier: number
}

/** One connection. Aborting its signal closes the socket, which the server notices within a second. */
export class PostgresSession implements OpenSession {
  readonly #client: pg.Client
  readonly #names: LoginNames
  readonly #signal: AbortSignal
  readonly #abort: () => void
  /** Transactions and savepoints that are open. */
  #depth = 0

  static async open(config: pg.ClientConfig, names: LoginNames, signal: AbortSignal): Promise<PostgresSession> {
    signal.throwIfAborted()
    const client = new pg.Client({ ...config, types: asText } as pg.ClientConfig)
    const session = new PostgresSession(client, names, signal)
    try {
      await client.connect()
      await client.query(boundedLockWait)
      return session
    } catch (thrown) {
      await session[Symbol.asyncDispose]()
      throw postgresFault(thrown, names, signal)
    }
  }

  private constructor(client: pg.Client, names: LoginNames, signal: AbortSignal) {
    this.#client = client
    this.#names = names
    this.#signal = signal
    this.#abort = () => this.#socket?.destroy()
    // A connection that ends between statements is reported by the next one.
    client.on('error', () => undefined)
    signal.addEventListener('abort', this.#abort)
  }

  get #socket(): { destroy(): void } | undefined {
    return (this.#client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream
  }

  async query(sql: string): Promise<readonly SqlRow[]> {
    return (await this.#run(() => this.#client.query<Record<string, string | null>>(sql))).rows
  }

  async execute(sql: string): Promise<number> {
    return (await this.#run(() => this.#client.query(sql))).rowCount ?? 0
  }

  async fields(sql: string): Promise<readonly QueryField[]> {
    const { fields } = await this.#run(() => this.#client.query(sql))
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      typeId: dataTypeID,
      modifier: dataTypeModifier,
    }))
  }

  async begin(): Promise<void> {
    await this.execute('BEGIN')
    this.#depth = 1
  }

  async commit(): Promise<void> {
    const { command } = await this.#run(() => this.#client.query('COMMIT'))
    this.#depth = 0
    // A transaction in which a statement has failed ends like this, without an error.
    if (command !== 'COMMIT') throw notCommitted()
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#depth > 0) return await this.#savepoint(work)
    await this.begin()
    try {
      const result = await work()
      await this.commit()
      return result
    } catch (thrown) {
      await this.execute('ROLLBACK').catch(() => undefined)
      this.#depth = 0
      throw thrown
    }
  }

  async #savepoint<T>(work: () => Promise<T>): Promise<T> {
    const name = `leat_${this.#depth++}`
    await this.execute(`SAVEPOINT ${name}`)
    try {
      const result = await work()
      await this.execute(`RELEASE SAVEPOINT ${name}`)
      return result
    } catch (thrown) {
      await this.execute(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`).catch(() => undefined)
      throw thrown
    } finally {
      this.#depth--
    }
  }

  async *copyOut(sql: string): AsyncGenerator<Uint8Array> {
    const stream = this.#client.query(copyTo(sql)) as Readable
    try {
      for await (const chunk of stream) yield chunk as Uint8Array
    } catch (thrown) {
      throw postgresFault(thrown, this.#names, this.#signal)
    }
  }

  async copyIn(sql: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#run(() => pipeline(source, this.#client.query(copyFrom(sql)) as Writable, { signal: this.#signal }))
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw postgresFault(thrown, this.#names, this.#signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort)
    const ended = this.#client.end().catch(() => undefined)
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, 2000)
    await Promise.race([ended, promise])
    clearTimeout(timer)
    this.#socket?.destroy()
  }
}
