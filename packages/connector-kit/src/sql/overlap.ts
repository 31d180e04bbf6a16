import type { JsonObject, Part } from '../contract.ts'
import type { Boundary } from './database.ts'
import type { Cursor, CursorColumn, Incremental } from './cursor.ts'
import { newRowsOf, SeenRows, type RememberedRows } from './remembered-rows.ts'
import { emptyPart, rowsPart, selectOf, selectPart } from './select-part.ts'

/** Rows of an overlap that are remembered one by one; where there are more, the overlap is shorter. */
const mostRemembered = 20_000
/** How far a read looks back where the database does not say which transactions are open. */
const overlapMs = 600_000
const overlapIds = 1000

/**
 * An incremental read where the database cannot tell which rows came late. A row of a transaction that commits late, or one that shares the last value,
 * appears at or below what was read: so each read looks at the rows of an overlap again and leaves out those that were seen, by their hashes.
 *
 *   from … last           the overlap of the last read: what is new in it
 *   last … next from      everything, as a stream
 *   next from … up to     the overlap of the next read: what is new in it, and all of it is remembered
 */
export async function* overlappingParts(
  work: Incremental,
  by: CursorColumn,
  cursor: Cursor | null,
  boundary: Boundary,
): AsyncGenerator<Part> {
  const overlap = new Overlap(work, by, boundary)
  const last = cursor?.last ?? null
  const reached = cursor?.reached
  let seen = cursor?.seen ?? null
  const checkpoint = (next: Cursor): JsonObject => next as unknown as JsonObject
  const { state } = boundary
  const upTo = boundary.upTo as string
  const window = await overlap.next(last, seen)
  const grown = window.from !== null && window.grown
  const known = (): Cursor => ({ last, state, seen, ...(reached === undefined ? {} : { reached }) })
  let isTold = false
  if (last !== null && seen !== null) {
    const found = await overlap.late(seen, last, grown ? window.from : null)
    if (found !== null) {
      seen = found.seen
      isTold = true
      yield overlap.part(found.open, checkpoint(known()))
    }
  }
  if (window.from === null || !grown) {
    if (!isTold) yield emptyPart(work.relation, checkpoint(known()))
    return
  }
  if (!window.overlaps) {
    const low = reached === undefined ? null : `${by.name} >= ${by.literal(reached)}`
    const above = last === null ? null : `${by.name} > ${by.literal(last)}`
    const where = [low ?? above, `${by.name} < ${by.literal(window.from)}`].filter((one) => one !== null)
    yield overlap.stream(where, checkpoint({ last, state, seen, reached: window.from }))
  }
  const where = overlap.between(window.from, upTo)
  if (reached !== undefined)
    where.push(
      last === null
        ? `${by.name} >= ${by.literal(reached)}`
        : `(${by.name} <= ${by.literal(last)} OR ${by.name} >= ${by.literal(reached)})`,
    )
  const rows = await overlap.count(where)
  if (rows > 2 * mostRemembered) {
    const before = seen
    const many: RememberedRows = { from: window.from, rows, hashes: null }
    const open = (signal: AbortSignal) => newRowsOf(overlap.text(where, signal), new SeenRows(before))
    yield overlap.part(open, checkpoint({ last: upTo, state, seen: many }))
    return
  }
  const found = await overlap.fresh(where, seen)
  yield overlap.part(found.open, checkpoint({ last: upTo, state, seen: found.rows.met(window.from) }))
}

type Open = (signal: AbortSignal) => AsyncIterable<Uint8Array>

class Overlap {
  readonly #work: Incremental
  readonly #by: CursorColumn
  readonly #upTo: string

  constructor(work: Incremental, by: CursorColumn, boundary: Boundary) {
    this.#work = work
    this.#by = by
    this.#upTo = boundary.upTo as string
  }

  between(low: string, high: string): string[] {
    const { name, literal } = this.#by
    return [`${name} >= ${literal(low)}`, `${name} <= ${literal(high)}`]
  }

  /** Where the overlap of the next read begins; `overlaps`: at or below the last value; `grown`: there are greater values than the last one. */
  async next(
    last: string | null,
    seen: RememberedRows | null,
  ): Promise<{ readonly from: string | null; readonly overlaps: boolean; readonly grown: boolean }> {
    const { session, relation } = this.#work
    const { name, literal, filter, column } = this.#by
    const upTo = literal(this.#upTo)
    const least = last !== null && seen !== null && seen.hashes !== null ? literal(seen.from) : null
    const earlier = `CAST(${this.#earlier(upTo)} AS ${column.sqlType})`
    const start = least === null ? earlier : `CASE WHEN ${earlier} < ${least} THEN ${least} ELSE ${earlier} END`
    const where = [...filter, `${name} <= ${upTo}`, `${name} >= ${start}`]
    // What was read and not remembered cannot be told from what is new.
    const isUnknown = last !== null && least === null
    if (isUnknown) where.push(`${name} > ${literal(last)}`)
    const begins = isUnknown
      ? `count(*) < ${mostRemembered} AND ${earlier} > ${literal(last)}`
      : `count(*) < ${mostRemembered}`
    const from = `CASE WHEN ${begins} THEN ${start} ELSE min(c) END`
    const is = (condition: string): string => (last === null ? '0' : `CASE WHEN ${condition} THEN 1 ELSE 0 END`)
    const [row] = await session.query(
      `SELECT v AS leat_from, ${is(`v <= ${literal(last ?? '')}`)} AS leat_overlaps, ${is(`${upTo} > ${literal(last ?? '')}`)} AS leat_grown ` +
        `FROM (SELECT ${from} AS v FROM (SELECT ${name} AS c, row_number() OVER (ORDER BY ${name} DESC) AS n FROM ${relation.from} WHERE ${where.join(' AND ')}) w WHERE n <= ${mostRemembered}) b`,
    )
    const [begun, overlaps, grown] = Object.values(row ?? {})
    return { from: begun ?? null, overlaps: overlaps === '1', grown: last === null || grown === '1' }
  }

  #earlier(upTo: string): string {
    const { db, options, reading } = this.#work
    const { kind, column } = this.#by
    const settled = reading.boundary !== undefined
    if (kind === 'timestamp') {
      const back = Number(options['incremental_overlap_ms'] ?? (settled ? 0 : overlapMs))
      return back > 0 ? (db.dialect.earlier?.(upTo, back) ?? upTo) : upTo
    }
    const back = Number(options['incremental_overlap_ids'] ?? (settled ? 0 : overlapIds))
    const isNumber =
      column.type.kind === 'decimal' || (column.type.kind === 'scalar' && /INT|FLOAT|DOUBLE/.test(column.type.name))
    return back > 0 && isNumber ? `${upTo} - ${back}` : upTo
  }

  /** What is new in the overlap of the last read, below the next one; null: nothing. */
  async late(
    seen: RememberedRows,
    last: string,
    below: string | null,
  ): Promise<{ readonly open: Open; readonly seen: RememberedRows } | null> {
    const { name, literal } = this.#by
    const all = this.between(seen.from, last)
    if (seen.hashes !== null) {
      const found = await this.fresh(below === null ? all : [...all, `${name} < ${literal(below)}`], seen)
      return found.rows.added === 0 ? null : { open: found.open, seen: found.rows.with(seen) }
    }
    const rows = await this.count(all)
    // Too many to know them apart: they come again, all of them, when one more is there.
    return rows === seen.rows ? null : { open: (signal) => this.text(all, signal), seen: { ...seen, rows } }
  }

  /** Reads rows now and keeps those that were not seen. */
  async fresh(
    where: readonly string[],
    before: RememberedRows | null,
  ): Promise<{ readonly open: Open; readonly rows: SeenRows }> {
    const spool = this.#work.spool()
    const rows = new SeenRows(before)
    for await (const line of newRowsOf(this.text(where, this.#work.request.signal), rows)) await spool.write(line)
    return { open: () => spool.read(), rows }
  }

  async count(where: readonly string[]): Promise<number> {
    const { session, relation } = this.#work
    const [row] = await session.query(
      `SELECT count(*) AS leat_rows FROM ${relation.from} WHERE ${[...this.#by.filter, ...where].join(' AND ')}`,
    )
    return Number(Object.values(row ?? {})[0])
  }

  text(where: readonly string[], signal: AbortSignal): AsyncIterable<Uint8Array> {
    const { db, relation, reading } = this.#work
    return reading.stream(selectOf(db, relation, [...this.#by.filter, ...where].join(' AND ')), {
      signal,
      commit: false,
    })
  }

  stream(where: readonly string[], checkpoint: JsonObject): Part {
    const { db, reading, relation, request } = this.#work
    return selectPart(db, reading, relation, {
      origin: relation.origin,
      where: [...this.#by.filter, ...where].join(' AND '),
      commit: false,
      signal: request.signal,
      checkpoint,
    })
  }

  part(open: Open, checkpoint: JsonObject): Part {
    const { relation, request } = this.#work
    return rowsPart(relation, { origin: relation.origin, signal: request.signal, checkpoint }, open)
  }
}
