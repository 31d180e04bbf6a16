import type { NewSegment, SegmentRef } from '@leat/engine'
import type { Database } from '../database/connection.ts'
import type { Schemas } from '../ledger/append-segments.ts'
import { toSegmentRef, type SegmentRow } from '../ledger/postgres-ledger.ts'
import { query, queryOne, transact, type Sql } from '../ledger/sql.ts'

/** Segments below this are worth merging, until the merged one is this large. */
const targetBytes = 64 * 1024 * 1024
/** Fewer are left alone: each merge writes the rows again. */
const leastSegments = 8
const mostSegments = 256
const fileGraceSeconds = 600

/** Nexsets with enough small segments that may be merged; followers' positions may still be in the way. */
export async function nexsetsToMerge(database: Database): Promise<readonly number[]> {
  const rows = await query<{ id: number }>(
    database,
    `select g.data_set_id as id from segment g
     where g.bytes < $1 and g.last_seq <= ${readyBefore('g.data_set_id')} group by 1 having count(*) >= $2 order by 1`,
    [targetBytes / 4, leastSegments],
  )
  return rows.map((row) => row.id)
}

/**
 * The first stretch of neighbouring small segments of a nexset that may be merged; empty when there is none. No follower stands inside of it:
 * those that are active have passed it, those that are paused have passed it or stand before it, and read the merged segment in its place.
 */
export async function segmentsToMerge(database: Database, nexsetId: number): Promise<readonly SegmentRef[]> {
  const [rows, positions] = await Promise.all([
    query<SegmentRow>(
      database,
      `select * from segment where data_set_id = $1 and last_seq <= ${readyBefore('$1::bigint')} order by seq`,
      [nexsetId],
    ),
    query<{ position: number }>(database, positionsOn, [nexsetId]),
  ])
  let stretch: SegmentRow[] = []
  let bytes = 0
  for (const row of rows) {
    const small = row.bytes < targetBytes / 4
    const last = stretch.at(-1)
    const between = last !== undefined && positions.some(({ position }) => stands(position, last, row))
    const fits = small && !between && bytes + row.bytes <= targetBytes && stretch.length < mostSegments
    if (!fits && stretch.length >= leastSegments) break
    if (!fits) [stretch, bytes] = [[], 0]
    if (small) {
      stretch.push(row)
      bytes += row.bytes
    }
  }
  return stretch.length >= leastSegments ? stretch.map(toSegmentRef) : []
}

/** At the end of `last`, or in the gap that retention left behind it: before `row`. */
function stands(position: number, last: SegmentRow, row: SegmentRow): boolean {
  return position >= last.last_seq && position < row.last_seq
}

/**
 * Puts one segment with the same rows in the same order in the place of several, in one transaction. False, with nothing changed, when they are
 * not there as they were any more or a follower stands among them: a follower inside of a merged segment would read its first rows again.
 * The lock on the nexset keeps new followers out, because they reference its row, and those that are about to commit: they take it in `holdBoundary`,
 * and find the merged segment when they come after.
 */
export async function swapMerged(
  database: Database,
  merge: Schemas['merge'],
  old: readonly SegmentRef[],
  merged: NewSegment,
): Promise<boolean> {
  const [first, last] = [old.at(0), old.at(-1)]
  if (!first || !last) return false
  const rows = old.reduce((sum, segment) => sum + segment.rows, 0)
  if (rows !== merged.rows)
    throw new Error(`merging ${old.length} segments of nexset ${first.nexsetId} made ${merged.rows} rows of ${rows}`)
  return transact(database, async (tx) => {
    const locked = await queryOne(tx, 'select id from data_set where id = $1 for update', [first.nexsetId])
    const among = await queryOne(tx, `select 1 from (${positionsOn}) p where p.position >= $2 and p.position < $3`, [
      first.nexsetId,
      first.seq,
      last.lastSeq,
    ])
    if (!locked || among || (await readyOf(tx, first.nexsetId)) < last.lastSeq) return false
    const removed = await query<{ store_key: string }>(
      tx,
      'delete from segment where data_set_id = $1 and id = any($2::bigint[]) returning store_key',
      [first.nexsetId, old.map((segment) => segment.id)],
    )
    if (removed.length !== old.length) throw new SegmentsChanged()
    await query(
      tx,
      `insert into garbage (store_key, after) select key, now() + make_interval(secs => $2) from unnest($1::text[]) as k(key) on conflict do nothing`,
      [removed.map((row) => row.store_key), fileGraceSeconds],
    )
    const schema = old.reduce((sum, segment) => merge(sum, segment.schema), merged.schema)
    await query(
      tx,
      `insert into segment (data_set_id, seq, last_seq, run_id, store_key, rows, bytes, schema, origins, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10)`,
      [
        first.nexsetId,
        first.seq,
        last.lastSeq,
        last.runId,
        merged.key,
        merged.rows,
        merged.bytes,
        JSON.stringify(schema),
        JSON.stringify(merged.origins),
        last.createdAt,
      ],
    )
    return true
  }).catch((error: unknown) => {
    if (error instanceof SegmentsChanged) return false
    throw error
  })
}

/** Rolls the swap back. */
class SegmentsChanged extends Error {}

async function readyOf(on: Sql, nexsetId: number): Promise<number> {
  const row = await queryOne<{ position: number }>(on, `select ${readyBefore('$1::bigint')} as position`, [nexsetId])
  return row?.position ?? 0
}

/**
 * The position up to which nobody is reading: every active follower has passed it. A paused follower is no hindrance, however far behind it is.
 */
function readyBefore(nexset: string): string {
  return `(select least(d.next_seq - 1,
      (select min(c.cursor_seq) from data_set c where c.parent_data_set_id = d.id and c.status = 'ACTIVE'),
      (select min(s.cursor_seq) from data_sink s where s.data_set_id = d.id and s.status = 'ACTIVE')) from data_set d where d.id = ${nexset})`
}

/** Where followers of nexset $1 stand, and where they will when a delivery that is staged is settled. */
const positionsOn = `select c.cursor_seq as position from data_set c where c.parent_data_set_id = $1
   union select s.cursor_seq from data_sink s where s.data_set_id = $1
   union select t.up_to from staged_token t join data_sink s on s.id = t.data_sink_id where s.data_set_id = $1 and t.settled_at is null`
