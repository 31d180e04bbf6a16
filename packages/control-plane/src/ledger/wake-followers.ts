import type { FollowerRef } from '@leat/engine'
import type { JobQueue } from '../jobs/job-queue.ts'
import { query, queryOne, type Sql } from './sql.ts'

/** The active followers of nexsets: child nexsets and sinks. */
export async function followersOf(on: Sql, nexsetIds: readonly number[]): Promise<readonly FollowerRef[]> {
  const rows = await query<{ kind: FollowerRef['kind']; id: number }>(
    on,
    `select 'data_set' as kind, id from data_set where parent_data_set_id = any($1::bigint[]) and status = 'ACTIVE'
     union all
     select 'data_sink', id from data_sink where data_set_id = any($1::bigint[]) and status = 'ACTIVE'
     order by 1, 2`,
    [nexsetIds],
  )
  return rows.map(({ kind, id }) => ({ kind, id: Number(id) }))
}

/** Jobs for everyone who follows these nexsets, in the transaction that appends to them. */
export async function wakeFollowers(on: Sql, queue: JobQueue, nexsetIds: readonly number[]): Promise<void> {
  if (nexsetIds.length === 0) return
  for (const follower of await followersOf(on, nexsetIds)) await queue.wake(on, follower)
}

/** False for a nexset that a source fills: it follows nothing, so there is nothing to derive. */
export async function hasParent(on: Sql, nexsetId: number): Promise<boolean> {
  const row = await queryOne(on, 'select id from data_set where id = $1 and parent_data_set_id is not null', [nexsetId])
  return row !== undefined
}
