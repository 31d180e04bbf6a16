import type { Database } from '../database/connection.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { query, queryOne, transact } from '../ledger/sql.ts'
import { startRunIn } from '../runs/start-run.ts'
import { databaseTime, planSource } from './plan-source.ts'

/**
 * Starts what is due. One process does this at a time (see `Leader`); doing it twice would be harmless, because a source has one run at a time
 * and the next time is moved in the transaction that starts the run.
 * A time that passed while a run was going is skipped; times that passed while no server was there make one run.
 * Returns the sources whose run was started.
 */
export async function startDueRuns(database: Database, queue: JobQueue, now: Date): Promise<readonly number[]> {
  await planChanged(database, now)
  const due = await query<{ id: number }>(
    database,
    `select id from data_source where status = 'ACTIVE' and next_run_at <= $1 order by next_run_at limit 1000`,
    [now.toISOString()],
  )
  const started: number[] = []
  for (const { id } of due) {
    const run = await transact(database, async (tx) => {
      const still = await queryOne(
        tx,
        `select id from data_source where id = $1 and status = 'ACTIVE' and next_run_at <= $2 for no key update`,
        [id, now.toISOString()],
      )
      if (!still) return undefined
      const result = await startRunIn(tx, queue, id, 'schedule')
      await planSource(tx, id, now)
      return result
    })
    if (run?.started) started.push(id)
  }
  return started
}

/**
 * What is due by the clock of the database: that of a server may be wrong, and be set while it runs. When the database's own clock was set back,
 * times that were computed before would be far away: they are computed again.
 */
export function dueRuns(database: Database, queue: JobQueue): () => Promise<readonly number[]> {
  let last = 0
  return async () => {
    const now = await databaseTime(database)
    if (now.getTime() < last) await planAgain(database, now)
    last = now.getTime()
    return startDueRuns(database, queue, now)
  }
}

export async function planAgain(database: Database, now: Date): Promise<void> {
  const planned = await query<{ id: number }>(
    database,
    `select id from data_source where status = 'ACTIVE' and start_cron is not null and next_run_at > $1`,
    [now.toISOString()],
  )
  for (const { id } of planned) await transact(database, (tx) => planSource(tx, id, now))
}

/** Sources whose schedule is not the one that their next time was computed from. */
async function planChanged(database: Database, now: Date): Promise<void> {
  const changed = await query<{ id: number }>(
    database,
    `select id from data_source where status = 'ACTIVE' and schedule_cron is distinct from start_cron limit 1000`,
  )
  for (const { id } of changed) await transact(database, (tx) => planSource(tx, id, now))
}
