import type { Json, JsonObject, ReadRequest } from '../contract.ts'
import { Fault } from '../faults.ts'
import type { SqlDatabase, SqlReading, SqlSession } from './database.ts'
import { quoteName } from './dialect.ts'
import type { RememberedRows } from './remembered-rows.ts'
import { literal, type Relation } from './select-part.ts'
import type { Spool } from './spool.ts'
import { findColumn } from './table-plan.ts'
import type { TableColumn } from './table.ts'

export interface Incremental {
  readonly db: SqlDatabase
  readonly reading: SqlReading
  readonly session: SqlSession
  readonly relation: Relation
  readonly options: JsonObject
  readonly request: ReadRequest
  /** Room that lives as long as the source's session. */
  spool(): Spool
}

/** Where the last read ended. */
export interface Cursor {
  /** Text of the last value; null before the first read. */
  readonly last: string | null
  readonly state: Json
  /** Where the database does not tell late rows: those that were read and may be met again. */
  readonly seen?: RememberedRows | null
  /** Rows above `last` have been read up to this value, which is not included. */
  readonly reached?: string
}

/** The column by which a read goes on, and what is read at all. */
export interface CursorColumn {
  readonly name: string
  readonly kind: 'id' | 'timestamp'
  readonly column: TableColumn
  /** Conditions of `…load.from`; empty: none. */
  readonly filter: readonly string[]
  readonly literal: (value: string) => string
}

/** By both, the time tells what is new and the id only where to begin: rows that share a time are told apart anyway. */
export function cursorColumn(work: Incremental): CursorColumn {
  const mode = String(work.options['mode'])
  const kind = mode.includes('timestamp') ? 'timestamp' : 'id'
  const filter: string[] = []
  for (const [part, key, start] of [
    ['timestamp', 'timestamp.column.name', 'timestamp.load.from'],
    ['incrementing', 'incrementing.column.name', 'incrementing.load.from'],
  ] as const) {
    if (!mode.includes(part)) continue
    const column = namedColumn(work, key)
    const given = work.options[start]
    const value = part === 'timestamp' ? isoTime(given) : String(given)
    if (given !== undefined)
      filter.push(`${quoteName(work.db.dialect, column.name)} >= ${literal(work.db.dialect, value, column.sqlType)}`)
  }
  const column = namedColumn(work, kind === 'id' ? 'incrementing.column.name' : 'timestamp.column.name')
  return {
    name: quoteName(work.db.dialect, column.name),
    kind,
    column,
    filter,
    literal: (value) => literal(work.db.dialect, value, column.sqlType),
  }
}

/** Epoch milliseconds or a time as text. */
function isoTime(given: Json | undefined): string {
  const text = String(given)
  if (!/^-?\d+$/.test(text)) return text
  return new Date(Number(text)).toISOString()
}

function namedColumn({ db, relation, options }: Incremental, key: string): TableColumn {
  const wanted = String(options[key])
  const found = findColumn(db.dialect, relation.columns, wanted)
  if (found !== null) return found
  throw new Fault({
    kind: 'config',
    code: `${db.dialect.area}.column_missing`,
    field: key,
    message: `${relation.origin} has no column "${wanted}". Its columns are: ${relation.columns.map((column) => column.name).join(', ')}.`,
  })
}
