import type { JsonObject } from '../contract.ts'
import type { DataType, ScalarName } from '../schema.ts'

/**
 * What is different about one database's SQL, as data. The kit writes every statement from this; a driver adds behaviour only where data
 * cannot say it (see database.ts).
 */
export interface SqlDialect {
  /** Area of fault codes and name in messages: `postgres`, `PostgreSQL`. */
  readonly area: string
  readonly title: string
  readonly identifiers: Identifiers
  readonly types: SqlTypes
  /** Statement that merges staged rows by key; see `mergeStatements`. */
  readonly merge: 'merge' | 'update_insert'
  /** SQL that is true when two values of `sqlType` differ, NULL counted as a value: for rows that are left alone. */
  readonly differs: (left: string, right: string, sqlType: string) => string
  /** SQL that is true when `text` (SQL, not null) can be cast to `type`; absent: the kit finds bad rows by bisection. */
  readonly castable?: (text: string, type: string) => string
  readonly ddl: SqlDdl
  /** Statement that checks now what the database would check at the end of the transaction only. */
  readonly checkDeferred?: string
  /** SQL of the moment `ms` milliseconds before another one. Absent: incremental reads by time do not look back. */
  readonly earlier?: (moment: string, ms: number) => string
  /** A text literal, where `'…'` with doubled quotes is not enough (the backslash begins an escape). */
  readonly literal?: (text: string) => string
  /**
   * True when an UPDATE locks its whole table until the end of the transaction: each sink then has ledger tables of its own, so that sinks do not wait for
   * each other.
   */
  readonly locksTables?: boolean
}

export interface Identifiers {
  readonly quote: readonly [open: string, close: string]
  /** Longest name. */
  readonly longest: number
  readonly unit: 'bytes' | 'characters'
  /** What the database makes of names that are not quoted: the kit looks names up in this case when they do not exist as written. */
  readonly folds: 'lower' | 'upper' | 'none'
  /** True when `a` and `A` are the same column even when quoted. */
  readonly caseInsensitive?: boolean
}

export interface SqlTypes {
  /** Canonical scalar -> type in DDL. `null`: the database has none, and the value is stored as text. */
  readonly scalars: Readonly<Record<ScalarName, string>>
  /** `DECIMAL(precision, scale)` in DDL; larger ones than the database has become text. */
  readonly decimal: (precision: number, scale: number) => string
  readonly longestDecimal: number
  /** struct, list, map. */
  readonly nested: string
  /** The type that holds any text. */
  readonly text: string
  /** A text type that can be a primary key, where `text` cannot: `VARCHAR(255)`. */
  readonly key?: string
  /** What a canonical type loses or changes in this database, for the plan: `TIME: fractions end at milliseconds`. */
  readonly notes?: Readonly<Partial<Record<ScalarName | 'nested' | 'decimal', string>>>
  /**
   * Column type of the staging table for a column of the destination, and how its values get from there into the destination. Absent, or null for a
   * column: the staging table has the destination's type, and the value moves as it is.
   */
  readonly staged?: (sqlType: string, type: DataType) => StagedAs | null
  /**
   * Types that widen into each other without loss, narrow to wide, in lower case and without length: `['smallint', 'integer', 'bigint', 'numeric']`.
   * The plan widens along a chain; everything else is left as it is.
   */
  readonly widening: readonly (readonly string[])[]
  /**
   * Why a column that was made as `before` can neither become `wanted` nor hold its values exactly; null when it can, or when single values decide. The
   * delivery then stops before it changes anything.
   */
  readonly neverWidens?: (before: string, wanted: string) => string | null
}

export interface CreateTable {
  /** Quoted columns of the key of an UPSERT. */
  readonly primaryKey: readonly string[]
  /** The sink's options, for what only this database has (clustering). */
  readonly options: JsonObject
}

export interface StagedAs {
  readonly sqlType: string
  readonly move: (value: string) => string
  /** SQL that is true when a staged value (not null) can be moved and loses nothing; rows where it is not are refused. Absent: always. */
  readonly fits?: (value: string) => string
}

/** Statements whose words differ. `table` and `columns` are quoted already. */
export interface SqlDdl {
  readonly createTable: (table: string, columns: readonly string[], more: CreateTable) => string
  /** A staging table that the plan may forget without a trace: unlogged, transient, temporary only when every session sees it. */
  readonly createStage: (table: string, columns: readonly string[]) => string
  readonly dropTable: (table: string) => string
  readonly addColumn: (table: string, column: string) => string
  readonly widenColumn: (table: string, column: string, type: string) => string
  /** `type` as a column that takes no NULL. */
  readonly notNull?: (type: string) => string
}

/** The type of a new column for values of `type`. */
export function columnType(types: SqlTypes, type: DataType): string {
  switch (type.kind) {
    case 'scalar':
      return types.scalars[type.name]
    case 'decimal':
      return type.precision <= types.longestDecimal ? types.decimal(type.precision, type.scale) : types.text
    default:
      return types.nested
  }
}

export function typeNote(types: SqlTypes, type: DataType): string | undefined {
  if (type.kind === 'scalar') return types.notes?.[type.name]
  if (type.kind === 'decimal') return types.notes?.decimal
  return types.notes?.nested
}

export function quoteName(dialect: SqlDialect, name: string): string {
  const [open, close] = dialect.identifiers.quote
  return `${open}${name.replaceAll(close, close + close)}${close}`
}

/** A string literal. Backslashes are ordinary unless the dialect says otherwise. */
export function quoteText(dialect: SqlDialect, text: string): string {
  return dialect.literal?.(text) ?? `'${text.replaceAll("'", "''")}'`
}

export function nameLength(dialect: SqlDialect, name: string): number {
  return dialect.identifiers.unit === 'bytes' ? Buffer.byteLength(name) : [...name].length
}
