import { quoteName, type SqlDialect } from './dialect.ts'
import { quoteTable, type TablePath } from './table.ts'
import type { TablePlan, TargetColumn } from './table-plan.ts'

/** Position of a row in its batch; last column of every staging table. */
export const ordinalColumn = '_leat_row'

/** Statements that move staged rows into the table, in order; rows of one key were resolved before. The last counts. */
export function moveStatements(
  dialect: SqlDialect,
  plan: TablePlan,
  stage: TablePath,
  options: { readonly upsertNulls: boolean },
  where = '',
): readonly string[] {
  const sql = new MoveSql(dialect, plan, stage, options.upsertNulls, where)
  if (plan.keys.length === 0) return [sql.insert()]
  return dialect.merge === 'merge' ? [sql.merge()] : [sql.update(), sql.insertMissing()]
}

/** Counts of what `moveStatements` would do: inserted, updated, unchanged. `added`: columns that are staged and that the table would get. */
export function countStatement(
  dialect: SqlDialect,
  plan: TablePlan,
  stage: TablePath,
  { upsertNulls, added }: { readonly upsertNulls: boolean; readonly added: readonly TargetColumn[] },
): string {
  const all = { ...plan, columns: [...plan.columns, ...added] }
  return new MoveSql(dialect, all, stage, upsertNulls, '').count(new Set(added.map(({ name }) => name)))
}

class MoveSql {
  readonly #dialect: SqlDialect
  readonly #plan: TablePlan
  readonly #table: string
  readonly #source: string
  readonly #upsertNulls: boolean

  constructor(dialect: SqlDialect, plan: TablePlan, stage: TablePath, upsertNulls: boolean, where: string) {
    this.#dialect = dialect
    this.#plan = plan
    this.#table = quoteTable(dialect, plan.table)
    const moved = plan.columns.map((column) => {
      const name = this.#name(column.name)
      return column.staged === null ? name : `${column.staged.move(name)} AS ${name}`
    })
    this.#source = `(SELECT ${moved.join(', ')} FROM ${quoteTable(dialect, stage)}${where})`
    if (plan.columns.every((column) => column.staged === null) && where === '')
      this.#source = quoteTable(dialect, stage)
    this.#upsertNulls = upsertNulls
  }

  insert(): string {
    return `INSERT INTO ${this.#table} (${this.#list('')}) SELECT ${this.#list('s.')} FROM ${this.#source} s`
  }

  merge(): string {
    const sets = this.#sets('t.')
    const update = sets === '' ? '' : ` WHEN MATCHED AND (${this.#changed()}) THEN UPDATE SET ${sets}`
    return (
      `MERGE INTO ${this.#table} t USING ${this.#source} s ON ${this.#match()}${update}` +
      ` WHEN NOT MATCHED THEN INSERT (${this.#list('')}) VALUES (${this.#list('s.')})`
    )
  }

  update(): string {
    const sets = this.#sets('t.')
    // A table of nothing but keys: nothing can differ.
    if (sets === '') return `UPDATE ${this.#table} SET ${this.#first()} = ${this.#first()} WHERE 1 = 0`
    return `UPDATE ${this.#table} AS t SET ${sets} FROM ${this.#source} s WHERE ${this.#match()} AND (${this.#changed()})`
  }

  insertMissing(): string {
    return `${this.insert()} WHERE NOT EXISTS (SELECT 1 FROM ${this.#table} t WHERE ${this.#match()})`
  }

  count(added: ReadonlySet<string>): string {
    const key = this.#plan.keys[0]
    if (key === undefined)
      return `SELECT count(*) AS ${this.#name('n')}, 0 AS ${this.#name('changed')}, 0 AS ${this.#name('found')} FROM ${this.#source} s`
    const found = `t.${this.#name(key)} IS NOT NULL`
    const changed = this.#changed(added)
    return (
      `SELECT count(*) AS ${this.#name('n')}, coalesce(sum(CASE WHEN ${found} THEN 1 ELSE 0 END), 0) AS ${this.#name('found')}, ` +
      `coalesce(sum(CASE WHEN ${found}${changed === '' ? ' AND 1 = 0' : ` AND (${changed})`} THEN 1 ELSE 0 END), 0) AS ${this.#name('changed')} ` +
      `FROM ${this.#source} s LEFT JOIN ${this.#table} t ON ${this.#match()}`
    )
  }

  #match(): string {
    return this.#plan.keys.map((key) => `t.${this.#name(key)} = s.${this.#name(key)}`).join(' AND ')
  }

  get #others(): readonly TargetColumn[] {
    return this.#plan.columns.filter(({ name }) => !this.#plan.keys.includes(name))
  }

  /** Columns of SET are never qualified; `t` is how the old value is called. */
  #sets(old: string): string {
    return this.#others
      .map(({ name }) => {
        const column = this.#name(name)
        return `${column} = ${this.#upsertNulls ? `s.${column}` : `coalesce(s.${column}, ${old}${column})`}`
      })
      .join(', ')
  }

  /** A column that is yet to be added holds NULL in every row. */
  #changed(added: ReadonlySet<string> = new Set()): string {
    return this.#others
      .map(({ name, sqlType }) => {
        const column = this.#name(name)
        if (added.has(name)) return `s.${column} IS NOT NULL`
        const differs = this.#dialect.differs(`t.${column}`, `s.${column}`, sqlType)
        return this.#upsertNulls ? differs : `(s.${column} IS NOT NULL AND ${differs})`
      })
      .join(' OR ')
  }

  #list(prefix: string): string {
    return this.#plan.columns.map(({ name }) => `${prefix}${this.#name(name)}`).join(', ')
  }

  #first(): string {
    return this.#name(this.#plan.columns[0]?.name ?? '')
  }

  #name(name: string): string {
    return quoteName(this.#dialect, name)
  }
}
