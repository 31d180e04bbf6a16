import { Fault } from '@leat/connector-kit'
import type { JobQueue } from '../jobs/job-queue.ts'
import { writeFlowLog } from '../ledger/flow-log.ts'
import type { RunTrigger } from '../run-control.ts'
import { execute, query, queryOne, type Sql } from '../ledger/sql.ts'

export interface StartedRun {
  /** Epoch milliseconds of the start, made unique: the runId of the public API. */
  readonly runId: number
  /** False when a run of this source was already going; this trigger then starts another one after it. */
  readonly started: boolean
}

/**
 * Starts a run of an active source, unless one is going. An upload, pushed records and a person's wish are remembered by the run that is going:
 * what they ask for may have come after that run's listing. Part of the caller's transaction.
 * Throws `not_found` when there is no such source, `config` when it is not active.
 */
export async function startRunIn(on: Sql, queue: JobQueue, sourceId: number, trigger: RunTrigger): Promise<StartedRun> {
  const source = await queryOne<{ org_id: number; name: string; status: string; config_version: number }>(
    on,
    'select org_id, name, status, config_version from data_source where id = $1 for no key update',
    [sourceId],
  )
  if (!source)
    throw new Fault({ kind: 'not_found', code: 'source.missing', message: `There is no source ${sourceId}.` })
  if (source.status !== 'ACTIVE') {
    throw new Fault({
      kind: 'config',
      code: 'source.not_active',
      message: `Source ${sourceId} "${source.name}" is ${source.status}. Activate it first.`,
    })
  }
  const going = await queryOne<{ id: number }>(
    on,
    `select id from run where data_source_id = $1 and status in ('QUEUED', 'RUNNING') for no key update`,
    [sourceId],
  )
  if (going) {
    if (trigger === 'manual' || trigger === 'upload' || trigger === 'push')
      await execute(on, 'update run set again = $2 where id = $1 and (listed or status = $3)', [
        going.id,
        trigger,
        'RUNNING',
      ])
    return { runId: Number(going.id), started: false }
  }
  const runId = await insertRun(on, sourceId, source, trigger)
  await queue.addList(on, { sourceId, runId, attempt: 1 })
  await writeFlowLog(on, { kind: 'data_source', id: sourceId }, runId, 'INFO', [`Run started (${trigger}).`])
  return { runId, started: true }
}

/** Sources start at the same millisecond: the advisory lock makes the ids of concurrent transactions differ. */
async function insertRun(
  on: Sql,
  sourceId: number,
  source: { org_id: number; config_version: number },
  trigger: RunTrigger,
): Promise<number> {
  await query(on, `select pg_advisory_xact_lock(hashtext('leat.run.id'))`)
  const row = await queryOne<{ id: number }>(
    on,
    `insert into run (id, org_id, data_source_id, trigger, config_version)
     select greatest((extract(epoch from clock_timestamp()) * 1000)::bigint, coalesce((select max(id) from run), 0) + 1), $1, $2, $3, $4
     returning id`,
    [source.org_id, sourceId, trigger, source.config_version],
  )
  return Number(row?.id)
}
