import type { Json, JsonObject, Part, ReadRequest } from '../contract.ts'
import { Fault } from '../faults.ts'
import type { Boundary, BoundaryRequest, SqlDatabase, SqlReading, SqlSession } from './database.ts'
import { quoteName } from './dialect.ts'
import { literal, schemaOf, selectPart, type Relation } from './select-part.ts'
import { findColumn } from './table-plan.ts'

interface Incremental {
  readonly db: SqlDatabase
  readonly reading: SqlReading
  readonly session: SqlSession
  readonly relation: Relation
  readonly options: JsonObject
  readonly request: ReadRequest
}

/** Where the last read ended. */
interface Cursor {
  /** Literal of the last value; null before the first read. */
  readonly last: string | null
  readonly state: Json
}

/**
 * Rows above the last value and up to a boundary below which no row appears any more, in ranges of a size that can be committed. A row that shares
 * the last value and was not there yet is read by the boundary's `late` condition.
 */
export async function* incrementalParts(work: Incremental): AsyncGenerator<Part> {
  const { db, reading, session, relation, options, request } = work
  const kind = String(options['mode']).includes('timestamp') ? 'timestamp' : 'id'
  const column = cursorColumn(work, kind)
  const name = quoteName(db.dialect, column.name)
  const cursor = request.checkpoint as unknown as Cursor | null
  const asked: BoundaryRequest = {
    from: relation.from,
    column: name,
    kind,
    sqlType: column.sqlType,
    table: relation.table,
    overlapMs: Number(options['incremental_overlap_ms'] ?? 0),
    state: cursor?.state ?? null,
    signal: request.signal,
  }
  const boundary = await (reading.boundary ?? greatestValue)(session, asked)
  const low = cursor?.last ?? null
  if (boundary.upTo === null) {
    // What the boundary waits for must be known to the next read.
    yield nothing(relation, { last: low, state: boundary.state })
    return
  }
  const start = firstCondition(work, name, column.sqlType, kind, cursor, boundary)
  const bounds = await (reading.splits?.(session, { ...asked, low, high: boundary.upTo }) ?? [])
  let from = start
  for (const bound of [...bounds, boundary.upTo]) {
    request.signal.throwIfAborted()
    const below = `${name} <= ${literal(db.dialect, bound, column.sqlType)}`
    yield selectPart(db, reading, relation, {
      origin: relation.origin,
      where: from === '' ? below : `(${from}) AND ${below}`,
      commit: false,
      signal: request.signal,
      checkpoint: { last: bound, state: boundary.state },
    })
    from = `${name} > ${literal(db.dialect, bound, column.sqlType)}`
  }
}

function nothing(relation: Relation, checkpoint: JsonObject): Part {
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

function firstCondition(
  work: Incremental,
  name: string,
  sqlType: string,
  kind: 'id' | 'timestamp',
  cursor: Cursor | null,
  boundary: Boundary,
): string {
  if (cursor?.last !== null && cursor?.last !== undefined) {
    const last = literal(work.db.dialect, cursor.last, sqlType)
    const late = boundary.late?.(last)
    return late === undefined ? `${name} > ${last}` : `${name} > ${last} OR (${late})`
  }
  const from = work.options[kind === 'id' ? 'incrementing.load.from' : 'timestamp.load.from']
  return from === undefined
    ? ''
    : `${name} >= ${literal(work.db.dialect, kind === 'id' ? String(from) : isoTime(from), sqlType)}`
}

/** Epoch milliseconds or a time as text. */
function isoTime(given: Json | undefined): string {
  const text = String(given)
  if (!/^-?\d+$/.test(text)) return text
  return new Date(Number(text)).toISOString()
}

function cursorColumn(
  work: Incremental,
  kind: 'id' | 'timestamp',
): { readonly name: string; readonly sqlType: string } {
  const key = kind === 'id' ? 'incrementing.column.name' : 'timestamp.column.name'
  const wanted = String(work.options[key])
  const found = findColumn(work.db.dialect, work.relation.columns, wanted)
  if (found !== null) return found
  throw new Fault({
    kind: 'config',
    code: `${work.db.dialect.area}.column_missing`,
    field: key,
    message: `${work.relation.origin} has no column "${wanted}". Its columns are: ${work.relation.columns.map((column) => column.name).join(', ')}.`,
  })
}

/** For databases that say nothing about running transactions: the greatest value that is there. */
async function greatestValue(session: SqlSession, request: BoundaryRequest): Promise<Boundary> {
  const [row] = await session.query(`SELECT max(${request.column}) AS leat_greatest FROM ${request.from}`)
  return { upTo: Object.values(row ?? {})[0] ?? null, state: null }
}
