import type { SegmentStore } from '@leat/engine'
import type { Database } from '../database/connection.ts'
import { execute, query } from '../ledger/sql.ts'

/** A reader that has just looked a segment up may still open its file. */
const fileGraceSeconds = 600

/** A file that no row knows may belong to a commit that is still to come; none takes this long. */
export const orphanGraceMs = 3_600_000

/** Files without a row, and when they were first seen, on a clock that is never set (`performance.now`). */
export type Suspects = Map<string, number>

const batch = 500

/**
 * Takes segments out of the index that are older than the retention of their nexset and that every follower has passed, paused ones included.
 * Their files become garbage in the same statement. Returns the number of segments.
 */
export async function expireSegments(database: Database): Promise<number> {
  return execute(
    database,
    `with expired as (
       delete from segment g using data_set d
       where g.data_set_id = d.id and g.created_at < now() - make_interval(days => d.retention_days)
         and not exists (select 1 from data_set c where c.parent_data_set_id = d.id and c.cursor_seq < g.last_seq)
         and not exists (select 1 from data_sink s where s.data_set_id = d.id and s.cursor_seq < g.last_seq)
       returning g.store_key
     )
     insert into garbage (store_key, after) select store_key, now() + make_interval(secs => $1) from expired on conflict do nothing`,
    [fileGraceSeconds],
  )
}

/** Removes the files of garbage whose grace is over. The row goes last: a crash in between repeats a harmless removal. */
export async function collectGarbage(database: Database, store: SegmentStore): Promise<number> {
  let removed = 0
  for (;;) {
    const rows = await query<{ key: string }>(
      database,
      'select store_key as key from garbage where after <= now() order by after limit $1',
      [batch],
    )
    if (rows.length === 0) return removed
    const keys = rows.map((row) => row.key)
    for (const key of keys) await store.remove(key)
    await execute(database, 'delete from garbage where store_key = any($1::text[])', [keys])
    removed += keys.length
  }
}

/**
 * Removes files of the store that no row points at and that were seen without one for the grace: a worker died between writing and committing,
 * or an attempt was fenced out. How old a file says it is does not count: a clock that was set, or a laptop that slept, would make the file of a
 * commit that is under way look old. `now` in milliseconds of the clock of `suspects`. Returns the removed keys.
 */
export async function sweepOrphans(
  database: Database,
  store: SegmentStore,
  suspects: Suspects,
  now: number,
  graceMs = orphanGraceMs,
): Promise<readonly string[]> {
  const removed: string[] = []
  const orphans = new Set<string>()
  let candidates: string[] = []
  const flush = async (): Promise<void> => {
    const known = await query<{ key: string }>(
      database,
      `select store_key as key from segment where store_key = any($1::text[]) union all select store_key from quarantine where store_key = any($1::text[])
       union all select store_key from garbage where store_key = any($1::text[])
       union all select name from inbox_file where name = any($1::text[])`,
      [candidates],
    )
    const keep = new Set(known.map((row) => row.key))
    for (const key of candidates) {
      if (keep.has(key)) continue
      if (now - (suspects.get(key) ?? now) < graceMs) {
        orphans.add(key)
        continue
      }
      await store.remove(key)
      removed.push(key)
    }
    candidates = []
  }
  for await (const object of store.list('')) {
    candidates.push(object.key)
    if (candidates.length >= batch) await flush()
  }
  if (candidates.length > 0) await flush()
  for (const key of suspects.keys()) if (!orphans.has(key)) suspects.delete(key)
  for (const key of orphans) if (!suspects.has(key)) suspects.set(key, now)
  return removed
}
