import type { DataType } from '../schema.ts'
import { quoteName, type SqlDialect } from './dialect.ts'

/** Where a table is. Names are exact, as the database stores them. */
export interface TablePath {
  readonly database?: string
  readonly schema?: string
  readonly name: string
}

/** A table as the database describes it. */
export interface Table {
  readonly path: TablePath
  readonly columns: readonly TableColumn[]
  /** Columns of the primary key; empty when there is none. */
  readonly primaryKey: readonly string[]
  /** Column sets that the database keeps unique, the primary key among them. */
  readonly uniqueKeys: readonly (readonly string[])[]
  /** True when more than types, NOT NULL and keys can refuse a row: CHECK, foreign keys, triggers. Rows are then tried before they count as staged. */
  readonly guarded: boolean
  /** Estimates; 0 when unknown. */
  readonly rows: number
  readonly bytes: number
  readonly kind: 'table' | 'view'
  /** True when files can be loaded straight into it (`SqlLoading.open`), with the effect of an INSERT: no view, no rule, no row security. */
  readonly loadable?: boolean
}

export interface TableColumn {
  readonly name: string
  /** As the database spells it, with length: `character varying(20)`. */
  readonly sqlType: string
  readonly type: DataType
  readonly nullable: boolean
  /** The database gives a value when none is given. */
  readonly hasDefault: boolean
  /** A value that the database computes: it cannot be written. */
  readonly generated: boolean
  /**
   * SQL that reads the column in the notation of copy_text (see copy-text.ts), given its quoted name. Absent: the column itself.
   * What the canonical type cannot hold is said in `note`.
   */
  readonly read?: (column: string) => string
  readonly note?: string
}

export function quoteTable(dialect: SqlDialect, path: TablePath): string {
  return [path.database, path.schema, path.name]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => quoteName(dialect, part as string))
    .join('.')
}

export function showTable(path: TablePath): string {
  return [path.database, path.schema, path.name].filter((part) => part !== undefined && part !== '').join('.')
}

/**
 * `orders`, `sales.orders`, `RAW.STAGING.ORDERS`, `"odd.name".orders` -> parts, missing ones from `home`. A part in double quotes is exact; the
 * others are looked up by the driver as written first, then folded.
 */
export function parseTable(text: string, home: { readonly database?: string; readonly schema?: string }): TablePath {
  const parts: string[] = []
  for (const match of text.matchAll(/\s*(?:"((?:[^"]|"")+)"|([^".]+))\s*(?:\.|$)/g))
    parts.push(match[1] === undefined ? (match[2] as string).trim() : match[1].replaceAll('""', '"'))
  const [name = text, schema = home.schema, database = home.database] = parts.toReversed()
  return { name, ...(schema === undefined ? {} : { schema }), ...(database === undefined ? {} : { database }) }
}
