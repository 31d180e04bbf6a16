import type { Json } from '@leat/connector-kit'
import {
  quoteName,
  quoteTable,
  type Boundary,
  type BoundaryRequest,
  type SplitRequest,
  type SqlSession,
  type Table,
} from '@leat/connector-kit/sql'
import { postgresDialect } from './dialect.ts'
import { literal } from './literal.ts'

/** Bytes of a table that one part reads: what a commit covers, and a worker that died reads again. */
const partBytes = 64 << 20
const mostParts = 500

/**
 * Ranges of the primary key, cut at keys of a sample. A row keeps its key while it moves about on disk, so each row that is there all the time is read
 * exactly once, though every range is read at its own moment.
 */
export async function keyRanges(session: SqlSession, table: Table): Promise<readonly string[]> {
  const parts = Math.min(mostParts, Math.ceil(table.bytes / partBytes))
  if (parts < 2 || table.primaryKey.length === 0 || table.kind !== 'table') return []
  const keys = table.primaryKey.map((name) => quoteName(postgresDialect, name))
  const types = table.primaryKey.map((name) => table.columns.find((column) => column.name === name)?.sqlType ?? 'text')
  const percent = Math.min(100, Math.max(0.01, (parts * 40_000) / Math.max(1, table.rows)))
  const texts = keys.map((key, index) => `${key}::text AS k${index}`).join(', ')
  const list = keys.join(', ')
  const bounds = await session.query(
    `SELECT DISTINCT ON (part) part, ${texts} FROM (SELECT ${list}, ntile(${parts}) OVER (ORDER BY ${list}) AS part FROM ${quoteTable(postgresDialect, table.path)} TABLESAMPLE SYSTEM (${percent})) s
     WHERE part > 1 ORDER BY part, ${list}`,
  )
  if (bounds.length === 0) return []
  const row = `(${list})`
  const value = (bound: (typeof bounds)[number]): string =>
    `(${types.map((type, index) => `CAST(${literal(bound[`k${index}`] ?? '')} AS ${type})`).join(', ')})`
  return Array.from({ length: bounds.length + 1 }, (_, index) => {
    const [low, high] = [bounds[index - 1], bounds[index]]
    return [
      ...(low === undefined ? [] : [`${row} >= ${value(low)}`]),
      ...(high === undefined ? [] : [`${row} < ${value(high)}`]),
    ].join(' AND ')
  })
}

/** Values of the cursor column that cut an incremental read evenly. */
export async function splitValues(session: SqlSession, request: SplitRequest): Promise<readonly string[]> {
  const { column, from, sqlType, high, low, table } = request
  if (table === null || table.bytes < 2 * partBytes) return []
  const parts = Math.min(mostParts, Math.ceil(table.bytes / partBytes))
  const [lowest, greatest] = [
    `CAST(${low === null ? `(SELECT min(${column})::text FROM ${from})` : literal(low)} AS ${sqlType})`,
    `CAST(${literal(high)} AS ${sqlType})`,
  ]
  const step =
    request.kind === 'id'
      ? `trunc(l::numeric + (h::numeric - l::numeric) * i / ${parts})`
      : `l + (h - l) * (i::float8 / ${parts})`
  const rows = await session.query(
    `SELECT DISTINCT v FROM (SELECT (${step})::${sqlType} AS v, l, h FROM (SELECT ${lowest} AS l, ${greatest} AS h) b, generate_series(1, ${parts - 1}) i) s WHERE v > l AND v < h ORDER BY v`,
  )
  return rows.map((row) => row['v'] ?? '')
}

interface Moment {
  /** First transaction id that had not begun. */
  readonly xmax: string
  readonly greatest: string | null
}
interface BoundaryState {
  readonly snapshot: string
  readonly moments: readonly Moment[]
}

const patienceMs = 2000
const mostMoments = 50

/**
 * The greatest value that was there at a moment whose running transactions have all ended: rows of transactions that commit late have values below the
 * one that is there now, and would be passed over. Usually that moment is now; with long transactions it is that of an earlier run.
 */
export async function settledBoundary(session: SqlSession, request: BoundaryRequest): Promise<Boundary> {
  const before = request.state as unknown as BoundaryState | null
  const past = /with time zone/.test(request.sqlType) ? ` WHERE ${request.column} <= clock_timestamp()` : ''
  const [now] = await session.query(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax, (SELECT max(${request.column})::text FROM ${request.from}${past}) AS greatest`,
  )
  const moments = [
    ...(before?.moments ?? []),
    { xmax: now?.['xmax'] ?? '0', greatest: now?.['greatest'] ?? null },
  ].slice(-mostMoments)
  const current = await settle(session, BigInt(now?.['xmax'] ?? '0'), request.signal)
  const settled = moments.filter(({ xmax }) => BigInt(xmax) <= current.horizon)
  const waiting = moments.filter(({ xmax }) => BigInt(xmax) > current.horizon)
  const upTo = settled.at(-1)?.greatest ?? null
  // What was seen is what was read: a read of nothing leaves it.
  const snapshot = upTo === null ? (before?.snapshot ?? current.snapshot) : current.snapshot
  const state: BoundaryState = { snapshot, moments: waiting }
  const late = lateRows(request, before, current.snapshot)
  return {
    upTo,
    ...(late === undefined ? {} : { late }),
    state: state as unknown as Json,
  }
}

/** Waits a little for the transactions that run now; says how far they have ended. */
async function settle(
  session: SqlSession,
  xmax: bigint,
  signal: AbortSignal,
): Promise<{ horizon: bigint; snapshot: string }> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    signal.throwIfAborted()
    const [row] = await session.query(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, pg_current_snapshot()::text AS snapshot',
    )
    const horizon = BigInt(row?.['xmin'] ?? '0')
    if (horizon >= xmax || Date.now() > deadline) return { horizon, snapshot: row?.['snapshot'] ?? '' }
    await session.query('SELECT pg_sleep(0.05)')
  }
}

/**
 * Rows at the last value, or as far below it as the overlap says, that were not visible when it was read. A row's transaction id has 32 bits; its upper
 * half is that of the nearest id to the present one.
 */
function lateRows(request: BoundaryRequest, before: BoundaryState | null, snapshot: string): Boundary['late'] {
  const overlap =
    request.kind === 'timestamp' && request.overlapMs > 0 ? ` - interval '${request.overlapMs} milliseconds'` : ''
  // The rows of a query or a view have no transaction that the server would tell.
  if (request.table === null || request.table.kind !== 'table') return undefined
  if (before === null) return () => 'FALSE'
  const present = BigInt(snapshot.split(':')[1] ?? '0')
  const base = (present >> 32n) << 32n
  const id = `(${base} + xmin::text::bigint)`
  const full = `(CASE WHEN ${id} > ${present + (1n << 31n)} THEN ${id} - 4294967296 WHEN ${id} < ${present - (1n << 31n)} THEN ${id} + 4294967296 ELSE ${id} END)`
  const seen = `(xmin::text::bigint < 3 OR pg_visible_in_snapshot(greatest(${full}, 3)::text::xid8, ${literal(before.snapshot)}::pg_snapshot))`
  return (last) => `${request.column} >= ${last}${overlap} AND ${request.column} <= ${last} AND NOT ${seen}`
}
