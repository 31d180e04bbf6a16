import type { JsonObject, Part } from '../contract.ts'
import type { Schema } from '../schema.ts'
import type { SqlDatabase, SqlReading } from './database.ts'
import { quoteName, quoteText, type SqlDialect } from './dialect.ts'
import type { Table, TableColumn } from './table.ts'

/** What is read: a FROM clause and its columns. */
export interface Relation {
  readonly origin: string
  readonly from: string
  readonly columns: readonly TableColumn[]
  /** Null: a query. */
  readonly table: Table | null
}

export interface SelectPart {
  readonly origin: string
  /** Condition, or empty. */
  readonly where: string
  readonly commit: boolean
  readonly signal: AbortSignal
  readonly checkpoint: JsonObject
}

/** A part whose bytes are the answer of one SELECT. */
export function selectPart(db: SqlDatabase, reading: SqlReading, relation: Relation, part: SelectPart): Part {
  const select = selectOf(db, relation, part.where)
  return rowsPart(relation, part, (signal) => reading.stream(select, { signal, commit: part.commit }))
}

/** A part of rows as text. `read` is told to stop by its reader, and by the request that it belongs to. */
export function rowsPart(
  relation: Relation,
  part: Pick<SelectPart, 'origin' | 'signal' | 'checkpoint'>,
  read: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
): Part {
  return {
    kind: 'object',
    origin: part.origin,
    format: 'copy_text',
    schema: schemaOf(relation.columns),
    atomic: true,
    open: ({ signal } = {}) => read(signal === undefined ? part.signal : AbortSignal.any([signal, part.signal])),
    checkpoint: part.checkpoint,
  }
}

/** A part without rows, for what its checkpoint says. */
export function emptyPart(relation: Relation, checkpoint: JsonObject): Part {
  return {
    kind: 'object',
    origin: relation.origin,
    format: 'copy_text',
    schema: schemaOf(relation.columns),
    atomic: true,
    // eslint-disable-next-line require-yield -- an object without bytes
    async *open() {},
    checkpoint,
  }
}

export function selectOf(db: SqlDatabase, relation: Relation, where: string): string {
  const columns = relation.columns.map((column) => {
    const name = quoteName(db.dialect, column.name)
    return column.read === undefined ? name : `${column.read(name)} AS ${name}`
  })
  // See copy-text.ts: a record of one field ends with a tab.
  if (columns.length === 1) columns.push(`'' AS ${quoteName(db.dialect, '_leat_end')}`)
  return `SELECT ${columns.join(', ')} FROM ${relation.from}${where === '' ? '' : ` WHERE ${where}`}`
}

/** Names that differ only in letter case, or not at all, cannot stand side by side in a nexset. */
export function schemaOf(columns: readonly TableColumn[]): Schema {
  const taken = new Set<string>()
  const fields = columns.map(({ name, type }) => {
    let free = name
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}_${number}`
    taken.add(free.toLowerCase())
    return { name: free, type }
  })
  return { fields }
}

/** A literal of a column's type, with full precision. */
export function literal(dialect: SqlDialect, value: string, sqlType: string): string {
  return `CAST(${quoteText(dialect, value)} AS ${sqlType})`
}
