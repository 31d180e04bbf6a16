import type { JsonObject, Part } from '../contract.ts'
import { cursorColumn, type Cursor, type CursorColumn, type Incremental } from './cursor.ts'
import type { Boundary, BoundaryRequest, SqlReading, SqlSession } from './database.ts'
import { overlappingParts } from './overlap.ts'
import { emptyPart, selectPart } from './select-part.ts'

/**
 * Rows above the last value and up to a boundary below which no row appears any more, in ranges of a size that can be committed. A row that shares
 * the last value and was not there yet, or came late, is read by the boundary's `late` condition where the database can tell such rows; elsewhere the
 * rows of an overlap are read again and those that were seen are left out (overlap.ts).
 */
export async function* incrementalParts(work: Incremental): AsyncGenerator<Part> {
  const { reading, session, relation, options, request } = work
  const by = cursorColumn(work)
  const cursor = request.checkpoint as unknown as Cursor | null
  const asked: BoundaryRequest = {
    from: relation.from,
    column: by.name,
    kind: by.kind,
    sqlType: by.column.sqlType,
    table: relation.table,
    overlapMs: Number(options['incremental_overlap_ms'] ?? 0),
    state: cursor?.state ?? null,
    signal: request.signal,
  }
  const boundary =
    reading.boundary === undefined
      ? await greatestValue(session, asked, reading)
      : await reading.boundary(session, asked)
  if (boundary.upTo === null)
    // What the boundary waits for must be known to the next read.
    yield emptyPart(relation, { last: null, ...cursor, state: boundary.state } as unknown as JsonObject)
  else if (boundary.late === undefined) yield* overlappingParts(work, by, cursor, boundary)
  else yield* rangesUpTo(work, { by, cursor, asked, boundary, late: boundary.late })
}

async function* rangesUpTo(
  { db, reading, session, relation, request }: Incremental,
  {
    by,
    cursor,
    asked,
    boundary,
    late,
  }: {
    readonly by: CursorColumn
    readonly cursor: Cursor | null
    readonly asked: BoundaryRequest
    readonly boundary: Boundary
    readonly late: NonNullable<Boundary['late']>
  },
): AsyncGenerator<Part> {
  const low = cursor?.last ?? null
  const upTo = boundary.upTo as string
  const bounds = await (reading.splits?.(session, { ...asked, low, high: upTo }) ?? [])
  let from = low === null ? [] : [`(${by.name} > ${by.literal(low)} OR (${late(by.literal(low))}))`]
  for (const bound of [...bounds, upTo]) {
    request.signal.throwIfAborted()
    yield selectPart(db, reading, relation, {
      origin: relation.origin,
      where: [...by.filter, ...from, `${by.name} <= ${by.literal(bound)}`].join(' AND '),
      commit: false,
      signal: request.signal,
      checkpoint: { last: bound, state: boundary.state },
    })
    from = [`${by.name} > ${by.literal(bound)}`]
  }
}

/** For databases that say nothing about running transactions: the greatest value that is there, and not in the future. */
async function greatestValue(session: SqlSession, request: BoundaryRequest, reading: SqlReading): Promise<Boundary> {
  const now = request.kind === 'timestamp' ? (reading.now?.(request.sqlType) ?? null) : null
  const past = now === null ? '' : ` WHERE ${request.column} <= ${now}`
  const [row] = await session.query(`SELECT max(${request.column}) AS leat_greatest FROM ${request.from}${past}`)
  return { upTo: Object.values(row ?? {})[0] ?? null, state: null }
}
