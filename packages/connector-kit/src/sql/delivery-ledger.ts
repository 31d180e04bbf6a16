import { Fault } from '../faults.ts'
import type { SqlSession } from './database.ts'
import { quoteName, quoteText, type SqlDialect } from './dialect.ts'
import { quoteTable, showTable, type TablePath } from './table.ts'

/** Tokens of a sink that nobody can ask for again are forgotten after this many days. */
const keptDays = 30

/**
 * The destination's own memory, in two tables beside the table that is written:
 *
 *   _leat_sinks       one row a sink: the epoch that may write (fencing), and the columns that Leat made
 *   _leat_deliveries  one row a token: written in the transaction that moves its rows, so that they are moved once
 *
 * Where an UPDATE locks a whole table (`dialect.locksTables`), each sink has two of its own: `_leat_sinks_sink_12`.
 */
export class DeliveryLedger {
  readonly #dialect: SqlDialect
  readonly #session: SqlSession
  readonly #sinks: string
  readonly #deliveries: string
  readonly #sink: string
  readonly #paths: readonly [TablePath, TablePath]

  /** `id`: stable identity of the delivery; it counts together with the table, so that two installations rarely meet. */
  constructor(dialect: SqlDialect, session: SqlSession, id: string, table: TablePath) {
    this.#dialect = dialect
    this.#session = session
    const own = dialect.locksTables === true ? `_${id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}` : ''
    this.#paths = [
      { ...table, name: `_leat_sinks${own}` },
      { ...table, name: `_leat_deliveries${own}` },
    ]
    this.#sinks = quoteTable(dialect, this.#paths[0])
    this.#deliveries = quoteTable(dialect, this.#paths[1])
    this.#sink = quoteText(dialect, `${id}:${showTable(table)}`)
  }

  get paths(): readonly TablePath[] {
    return this.#paths
  }

  /** The DDL of both tables. */
  get ddl(): readonly string[] {
    const { ddl, types } = this.#dialect
    const { BIGINT, TIMESTAMP } = types.scalars
    const name = (column: string): string => quoteName(this.#dialect, column)
    const key = types.key ?? types.text
    return [
      ddl.createTable(
        this.#sinks,
        [`${name('sink')} ${key} NOT NULL`, `${name('epoch')} ${BIGINT} NOT NULL`, `${name('made')} ${types.text}`],
        { primaryKey: [name('sink')], options: {} },
      ),
      ddl.createTable(
        this.#deliveries,
        [
          `${name('token')} ${key} NOT NULL`,
          `${name('sink')} ${key} NOT NULL`,
          `${name('delivered_rows')} ${BIGINT}`,
          `${name('delivered_at')} ${TIMESTAMP}`,
        ],
        { primaryKey: [name('token')], options: {} },
      ),
    ]
  }

  /** From here on older epochs are refused; throws `fenced` when this one is older. */
  async claim(epoch: number): Promise<void> {
    if (await this.#hold(epoch)) return
    try {
      await this.#session.execute(
        `INSERT INTO ${this.#sinks} (${this.#name('sink')}, ${this.#name('epoch')}) VALUES (${this.#sink}, ${epoch})`,
      )
    } catch (thrown) {
      // Another writer of this sink was first: then its epoch decides.
      if (await this.#hold(epoch)) return
      throw thrown
    }
  }

  /** Inside a transaction: holds the sink's row until its end, so that only one writer moves rows. Throws `fenced`. */
  async hold(epoch: number): Promise<void> {
    if (!(await this.#hold(epoch))) throw fenced(this.#dialect, epoch)
  }

  async #hold(epoch: number): Promise<boolean> {
    const [epochName, sinkName] = [this.#name('epoch'), this.#name('sink')]
    const held = await this.#session.execute(
      `UPDATE ${this.#sinks} SET ${epochName} = ${epoch} WHERE ${sinkName} = ${this.#sink} AND ${epochName} <= ${epoch}`,
    )
    if (held > 0) return true
    const found = await this.#session.query(
      `SELECT ${epochName} AS ${epochName} FROM ${this.#sinks} WHERE ${sinkName} = ${this.#sink}`,
    )
    if (found.length > 0) throw fenced(this.#dialect, epoch)
    return false
  }

  async has(token: string): Promise<boolean> {
    const found = await this.#session.query(
      `SELECT 1 AS ${this.#name('found')} FROM ${this.#deliveries} WHERE ${this.#name('token')} = ${quoteText(this.#dialect, token)}`,
    )
    return found.length > 0
  }

  async note(token: string, rows: number): Promise<void> {
    const columns = ['token', 'sink', 'delivered_rows', 'delivered_at'].map((column) => this.#name(column)).join(', ')
    const now = quoteText(this.#dialect, new Date().toISOString().replace('T', ' ').replace('Z', ''))
    await this.#session.execute(
      `INSERT INTO ${this.#deliveries} (${columns}) VALUES (${quoteText(this.#dialect, token)}, ${this.#sink}, ${rows}, ${now})`,
    )
  }

  /** Old tokens that the engine did not name any more. */
  async forget(keep: readonly string[]): Promise<void> {
    const before = new Date(Date.now() - keptDays * 86_400_000).toISOString().replace('T', ' ').replace('Z', '')
    const kept =
      keep.length === 0
        ? ''
        : ` AND ${this.#name('token')} NOT IN (${keep.map((token) => quoteText(this.#dialect, token)).join(', ')})`
    await this.#session.execute(
      `DELETE FROM ${this.#deliveries} WHERE ${this.#name('sink')} = ${this.#sink} AND ${this.#name('delivered_at')} < ${quoteText(this.#dialect, before)}${kept}`,
    )
  }

  /** Columns that Leat made in the table: name -> type as it was made. Only these are ever widened. */
  async made(): Promise<Readonly<Record<string, string>>> {
    const [row] = await this.#session.query(
      `SELECT ${this.#name('made')} AS ${this.#name('made')} FROM ${this.#sinks} WHERE ${this.#name('sink')} = ${this.#sink}`,
    )
    return JSON.parse(row?.['made'] ?? '{}') as Record<string, string>
  }

  async noteMade(made: Readonly<Record<string, string>>): Promise<void> {
    await this.#session.execute(
      `UPDATE ${this.#sinks} SET ${this.#name('made')} = ${quoteText(this.#dialect, JSON.stringify(made))} WHERE ${this.#name('sink')} = ${this.#sink}`,
    )
  }

  #name(name: string): string {
    return quoteName(this.#dialect, name)
  }
}

function fenced(dialect: SqlDialect, epoch: number): Fault {
  return new Fault({
    kind: 'fenced',
    code: `${dialect.area}.fenced`,
    message: `A later writer of this destination has taken over (this one has epoch ${epoch}). Nothing was written.`,
  })
}
