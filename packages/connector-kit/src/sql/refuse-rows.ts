import type { Rejection } from '../contract.ts'
import { toFault } from '../faults.ts'
import type { SqlDatabase, SqlSession } from './database.ts'
import { quoteName } from './dialect.ts'
import { moveStatements, ordinalColumn } from './merge-sql.ts'
import { quoteTable, type Table, type TablePath } from './table.ts'
import type { TablePlan, TargetColumn } from './table-plan.ts'

/** Finds the rows of a batch that the destination would refuse, and takes them out of the staging table. */
export class RowJudge {
  readonly #db: SqlDatabase
  readonly #session: SqlSession
  readonly #plan: TablePlan
  readonly #upsertNulls: boolean

  constructor(db: SqlDatabase, session: SqlSession, plan: TablePlan, upsertNulls: boolean) {
    this.#db = db
    this.#session = session
    this.#plan = plan
    this.#upsertNulls = upsertNulls
  }

  /**
   * `texts` holds the batch with every column as text; its good rows go into `stage`. Bad values are found column by column where the database can
   * test a cast, else by halves.
   */
  async sift(texts: TablePath, stage: TablePath): Promise<Rejection[]> {
    const rejected = [...(await this.#nulls(texts)), ...(await this.#misfits(texts))]
    const unique = [...new Map(rejected.map((rejection) => [rejection.index, rejection])).values()]
    await this.#drop(
      texts,
      unique.map(({ index }) => index),
    )
    const { dialect } = this.#db
    const columns = this.#plan.columns.map(({ name }) => this.#name(name)).join(', ')
    const casts = this.#plan.columns
      .map((column) => `CAST(${this.#name(column.name)} AS ${stagedType(column)})`)
      .join(', ')
    const insert = (where: string): string =>
      `INSERT INTO ${quoteTable(dialect, stage)} (${columns}, ${this.#ordinal}) SELECT ${casts}, ${this.#ordinal} FROM ${quoteTable(dialect, texts)}${where}`
    const more = await this.#byHalves(texts, async (where) => {
      await this.#session.transaction(() => this.#session.execute(insert(where)))
    })
    return [...unique, ...more]
  }

  /** After loading: keys without a value, rows of the same key, and rows that exist already in a table that is only added to. */
  async judge(stage: TablePath, table: Table | null): Promise<Rejection[]> {
    const rejected = await this.#unfit(stage)
    if (this.#plan.keys.length > 0) rejected.push(...(await this.#keyNulls(stage)))
    if (this.#plan.keys.length > 0) await this.#keepLast(stage)
    for (const key of table?.uniqueKeys ?? []) rejected.push(...(await this.#doubles(stage, table as Table, key)))
    if (table?.guarded === true) rejected.push(...(await this.#tried(stage)))
    return rejected
  }

  /** Values that are staged in a wider type, and would be changed on their way into the table. */
  async #unfit(stage: TablePath): Promise<Rejection[]> {
    const found: Rejection[] = []
    for (const { name, sqlType, staged } of this.#plan.columns) {
      if (staged?.fits === undefined) continue
      found.push(...(await this.#misfitsOf(stage, name, sqlType, staged.fits(this.#name(name)))))
    }
    await this.#drop(
      stage,
      found.map(({ index }) => index),
    )
    return [...new Map(found.map((rejection) => [rejection.index, rejection])).values()]
  }

  async #keyNulls(stage: TablePath): Promise<Rejection[]> {
    const found: Rejection[] = []
    for (const key of this.#plan.keys) {
      const rows = await this.#ordinals(`${quoteTable(this.#db.dialect, stage)} WHERE ${this.#name(key)} IS NULL`)
      found.push(
        ...rows.map((index) =>
          this.#reject(index, 'key_null', `${key}: a key column has no value, so the row cannot be found again`),
        ),
      )
      await this.#drop(stage, rows)
    }
    return found
  }

  /** Several rows of one key: the last of the batch counts. */
  async #keepLast(stage: TablePath): Promise<void> {
    const table = quoteTable(this.#db.dialect, stage)
    const keys = this.#plan.keys.map((key) => this.#name(key)).join(', ')
    const place = this.#name('_leat_place')
    await this.#session.execute(
      `DELETE FROM ${table} WHERE ${this.#ordinal} IN (SELECT ${this.#ordinal} FROM (SELECT ${this.#ordinal}, ` +
        `row_number() OVER (PARTITION BY ${keys} ORDER BY ${this.#ordinal} DESC) AS ${place} FROM ${table}) d WHERE ${place} > 1)`,
    )
  }

  /** Rows that a unique key of the table refuses: the first of a batch wins, and what is in the table already stays. */
  async #doubles(stage: TablePath, table: Table, key: readonly string[]): Promise<Rejection[]> {
    const { keys, columns } = this.#plan
    const isOwn = keys.length === key.length && key.every((name) => keys.includes(name))
    if (isOwn || !key.every((name) => columns.some((column) => column.name === name && column.staged === null)))
      return []
    const { dialect } = this.#db
    const [from, target] = [quoteTable(dialect, stage), quoteTable(dialect, table.path)]
    const list = key.map((name) => this.#name(name)).join(', ')
    const match = key.map((name) => `t.${this.#name(name)} = s.${this.#name(name)}`).join(' AND ')
    const other =
      keys.length === 0
        ? ''
        : ` AND NOT (${keys.map((name) => `t.${this.#name(name)} = s.${this.#name(name)}`).join(' AND ')})`
    const filled = key.map((name) => `${this.#name(name)} IS NOT NULL`).join(' AND ')
    const place = this.#name('_leat_place')
    const inTable = await this.#ordinals(`${from} s WHERE EXISTS (SELECT 1 FROM ${target} t WHERE ${match}${other})`)
    await this.#drop(stage, inTable)
    const inBatch = await this.#ordinals(
      `(SELECT ${this.#ordinal}, row_number() OVER (PARTITION BY ${list} ORDER BY ${this.#ordinal}) AS ${place} FROM ${from} WHERE ${filled}) d WHERE ${place} > 1`,
    )
    await this.#drop(stage, inBatch)
    const name = key.join(', ')
    return [
      ...inTable.map((index) =>
        this.#reject(
          index,
          'unique_violation',
          `${name}: the table has a row with this value already, and it may occur once`,
        ),
      ),
      ...inBatch.map((index) =>
        this.#reject(
          index,
          'unique_violation',
          `${name}: an earlier row of the same delivery has this value, and it may occur once`,
        ),
      ),
    ]
  }

  /** CHECK, foreign keys and triggers: the move is tried and undone. */
  async #tried(stage: TablePath): Promise<Rejection[]> {
    const undo = new Error('undo')
    return await this.#byHalves(stage, async (where) => {
      const statements = moveStatements(this.#db.dialect, this.#plan, stage, { upsertNulls: this.#upsertNulls }, where)
      try {
        await this.#session.transaction(async () => {
          for (const statement of statements) await this.#session.execute(statement)
          const { checkDeferred } = this.#db.dialect
          if (checkDeferred !== undefined) await this.#session.execute(checkDeferred)
          throw undo
        })
      } catch (thrown) {
        if (thrown !== undo) throw thrown
      }
    })
  }

  /** Runs `attempt` over ranges of rows, halving those that fail for their data; single rows that fail are refused and taken out. */
  async #byHalves(table: TablePath, attempt: (where: string) => Promise<void>): Promise<Rejection[]> {
    const rejected: Rejection[] = []
    const [bounds] = await this.#session.query(
      `SELECT min(${this.#ordinal}) AS ${this.#name('low')}, max(${this.#ordinal}) AS ${this.#name('high')} FROM ${quoteTable(this.#db.dialect, table)}`,
    )
    if (bounds?.['low'] === null || bounds?.['low'] === undefined) return rejected
    const open: [number, number][] = [[Number(bounds['low']), Number(bounds['high'])]]
    for (let range = open.pop(); range !== undefined; range = open.pop()) {
      const [low, high] = range
      try {
        await attempt(` WHERE ${this.#ordinal} BETWEEN ${low} AND ${high}`)
      } catch (thrown) {
        const fault = toFault(thrown)
        if (fault.kind !== 'data') throw thrown
        if (low === high) rejected.push({ index: low, code: fault.code, reason: fault.message })
        else {
          const middle = Math.floor((low + high) / 2)
          open.push([middle + 1, high], [low, middle])
        }
      }
    }
    await this.#drop(
      table,
      rejected.map(({ index }) => index),
    )
    return rejected
  }

  async #nulls(texts: TablePath): Promise<Rejection[]> {
    const found: Rejection[] = []
    for (const { name, notNull } of this.#plan.columns) {
      if (!notNull) continue
      const rows = await this.#ordinals(`${quoteTable(this.#db.dialect, texts)} WHERE ${this.#name(name)} IS NULL`)
      found.push(...rows.map((index) => this.#reject(index, 'null_value', `${name}: the column takes no NULL`)))
    }
    return found
  }

  async #misfits(texts: TablePath): Promise<Rejection[]> {
    const { castable } = this.#db.dialect
    if (castable === undefined) return []
    const found: Rejection[] = []
    for (const column of this.#plan.columns) {
      const name = this.#name(column.name)
      const type = stagedType(column)
      found.push(...(await this.#misfitsOf(texts, column.name, type, castable(name, type))))
    }
    return found
  }

  async #misfitsOf(table: TablePath, column: string, type: string, condition: string): Promise<Rejection[]> {
    const name = this.#name(column)
    const rows = await this.#session.query(
      `SELECT ${this.#ordinal} AS ${this.#name('row')}, substr(${name}, 1, 80) AS ${this.#name('value')} FROM ${quoteTable(this.#db.dialect, table)} ` +
        `WHERE ${name} IS NOT NULL AND NOT coalesce(${condition}, FALSE)`,
    )
    return rows.map((row) =>
      this.#reject(
        Number(row['row']),
        'value_misfit',
        `${column}: ${JSON.stringify(row['value'])} does not fit ${type}`,
      ),
    )
  }

  async #ordinals(from: string): Promise<number[]> {
    const rows = await this.#session.query(`SELECT ${this.#ordinal} AS ${this.#name('row')} FROM ${from}`)
    return rows.map((row) => Number(row['row']))
  }

  async #drop(table: TablePath, rows: readonly number[]): Promise<void> {
    for (let at = 0; at < rows.length; at += 5000)
      await this.#session.execute(
        `DELETE FROM ${quoteTable(this.#db.dialect, table)} WHERE ${this.#ordinal} IN (${rows.slice(at, at + 5000).join(', ')})`,
      )
  }

  #reject(index: number, what: string, reason: string): Rejection {
    return { index, code: `${this.#db.dialect.area}.${what}`, reason }
  }

  get #ordinal(): string {
    return this.#name(ordinalColumn)
  }

  #name(name: string): string {
    return quoteName(this.#db.dialect, name)
  }
}

function stagedType(column: TargetColumn): string {
  return column.staged?.sqlType ?? column.sqlType
}
