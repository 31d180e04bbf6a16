import type { NewSegment, SegmentRef } from '@leat/engine'
import type { Database } from '../database/connection.ts'
import type { Schemas } from '../ledger/append-segments.ts'
import { toSegmentRef, type SegmentRow } from '../ledger/postgres-ledger.ts'
import { query, queryOne, transact } from '../ledger/sql.ts'

/** Segments below this are worth merging, until the merged one is this large. */
const targetBytes = 64 * 1024 * 1024
/** Fewer are left alone: each merge writes the rows again. */
const leastSegments = 8
const mostSegments = 256
const fileGraceSeconds = 600

/** Nexsets with enough small segments that every follower has passed. */
export async function nexsetsToMerge(database: Database): Promise<readonly number[]> {
  const rows = await query<{ id: number }>(
    database,
    `select g.data_set_id as id from segment g
     where g.bytes < $1 and g.last_seq <= ${passedBy('g.data_set_id')} group by 1 having count(*) >= $2 order by 1`,
    [targetBytes / 4, leastSegments],
  )
  return rows.map((row) => row.id)
}

/** The first stretch of neighbouring small segments of a nexset that may be merged; empty when there is none. */
export async function segmentsToMerge(database: Database, nexsetId: number): Promise<readonly SegmentRef[]> {
  const rows = await query<SegmentRow>(
    database,
    `select * from segment where data_set_id = $1 and last_seq <= ${passedBy('$1::bigint')} order by seq`,
    [nexsetId],
  )
  let stretch: SegmentRow[] = []
  let bytes = 0
  for (const row of rows) {
    const fits = row.bytes < targetBytes / 4 && bytes + row.bytes <= targetBytes && stretch.length < mostSegments
    if (!fits && stretch.length >= leastSegments) break
    if (!fits) [stretch, bytes] = [[], 0]
    if (row.bytes < targetBytes / 4) {
      stretch.push(row)
      bytes += row.bytes
    }
  }
  return stretch.length >= leastSegments ? stretch.map(toSegmentRef) : []
}

/**
 * Puts one segment with the same rows in the same order in the place of several, in one transaction. False, with nothing changed, when they are
 * not there as they were any more or a follower stands before their end: a follower inside of a merged segment would read its first rows again.
 * The lock on the nexset also keeps new followers out, because they reference its row.
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
    const free = await queryOne<{ passed: number }>(tx, `select ${passedBy('$1::bigint')} as passed`, [first.nexsetId])
    if (!locked || !free || free.passed < last.lastSeq) return false
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

/** The position that every follower of a nexset has passed, paused ones included; its end when it has none. */
function passedBy(nexset: string): string {
  return `(select least(d.next_seq - 1,
      (select min(c.cursor_seq) from data_set c where c.parent_data_set_id = d.id),
      (select min(s.cursor_seq) from data_sink s where s.data_set_id = d.id)) from data_set d where d.id = ${nexset})`
}
