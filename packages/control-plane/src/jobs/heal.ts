import type { FollowerRef } from '@leat/engine'
import type { Database } from '../database/connection.ts'
import { query, transact } from '../ledger/sql.ts'
import { finishRunIfDone } from '../runs/finish-run.ts'
import { lockGoingRun } from '../runs/going-run.ts'
import type { JobQueue } from './job-queue.ts'

const unitsPerJob = 500

/** Gives jobs away whose worker was silent for the lease. Returns how many. */
export async function releaseExpired(queue: JobQueue, leaseSeconds: number): Promise<number> {
  const expired = await queue.findExpired(leaseSeconds)
  for (const job of expired) await queue.release(job, 'The worker was silent for longer than its lease.')
  return expired.length
}

/**
 * Followers that are behind, may go on and have no job. Every commit wakes its followers, so this finds something only after an upgrade, a
 * restored backup or an emptied queue; it is what makes a lost job a delay instead of a loss.
 */
export async function wakeForgotten(database: Database, queue: JobQueue): Promise<readonly FollowerRef[]> {
  const forgotten = await query<FollowerRef>(
    database,
    `select f.kind, f.id from (
       select 'data_set' as kind, c.id, c.problem, c.cursor_seq, c.parent_data_set_id as parent, 'derive' as queue from data_set c
         where c.status = 'ACTIVE' and c.parent_data_set_id is not null
       union all
       select 'data_sink', s.id, s.problem, s.cursor_seq, s.data_set_id, 'deliver' from data_sink s where s.status = 'ACTIVE' and s.data_set_id is not null
     ) f join data_set p on p.id = f.parent
     where f.cursor_seq < p.next_seq - 1 and (f.problem is null or (f.problem->>'retry_at')::timestamptz <= now())
       and not exists (select 1 from pgboss.job j where j.name = f.queue and j.singleton_key = f.id::text and j.state in ('created', 'retry', 'active'))`,
  )
  for (const follower of forgotten) await transact(database, (tx) => queue.wake(tx, follower))
  return forgotten
}

/** Runs that are going without a job that could end them: hands their units out again. Returns their ids. */
export async function resumeForgotten(database: Database, queue: JobQueue): Promise<readonly number[]> {
  const runs = await query<{ id: number; source: number; listed: boolean }>(
    database,
    `select r.id, r.data_source_id as source, r.listed from run r
     where r.status in ('QUEUED', 'RUNNING') and r.created_at < now() - interval '30 seconds' and not exists (
       select 1 from pgboss.job j where j.name in ('list', 'ingest', 'stream') and j.state in ('created', 'retry', 'active') and (j.data->>'runId')::bigint = r.id)`,
  )
  for (const run of runs) {
    await transact(database, async (tx) => {
      if ((await lockGoingRun(tx, run.source, run.id)) === 'ended') return
      if (!run.listed) return queue.addList(tx, { sourceId: run.source, runId: run.id, attempt: 1 })
      const units = await query<{ id: number }>(
        tx,
        `select id from unit where run_id = $1 and status in ('PENDING', 'LEASED') order by id`,
        [run.id],
      )
      const ids = units.map((unit) => unit.id)
      const groups = Array.from({ length: Math.ceil(ids.length / unitsPerJob) }, (_, index) =>
        ids.slice(index * unitsPerJob, (index + 1) * unitsPerJob),
      )
      await queue.addIngest(
        tx,
        groups.map((unitIds) => ({ sourceId: run.source, runId: run.id, unitIds, attempt: 1 })),
      )
      await finishRunIfDone(tx, queue, run.id)
    })
  }
  return runs.map((run) => run.id)
}
